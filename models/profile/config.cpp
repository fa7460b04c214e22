/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "profile/config.h"

#include "base/redact.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype fileCap = 1024 * 1024;
constexpr int nodeCap = 10'000;
constexpr int levelCap = 32;

/// Leaves yaml-cpp's parser from inside an event.
struct Stop
{
    Error error;
};

/// yaml-cpp counts from 0, editors from 1.
QString placeOf(const QString &file, const YAML::Mark &mark)
{
    return u"%1:%2:%3"_s.arg(file).arg(mark.line + 1).arg(mark.column + 1);
}

int nodesIn(const ConfigNode &node)
{
    int count = 1;
    for (const ConfigNode &item : node.items)
        count += nodesIn(item);
    for (const ConfigNode::Entry &entry : node.entries)
        count += nodesIn(entry.value);
    return count;
}

int levelsIn(const ConfigNode &node)
{
    int deepest = 0;
    for (const ConfigNode &item : node.items)
        deepest = std::max(deepest, levelsIn(item));
    for (const ConfigNode::Entry &entry : node.entries)
        deepest = std::max(deepest, levelsIn(entry.value));
    return deepest + 1;
}

/// Builds the tree from the parser's events: they carry a place for every node, and let us count before memory is
/// spent on what an alias repeats.
class TreeBuilder final : public YAML::EventHandler
{
public:
    explicit TreeBuilder(QString file)
        : m_file(std::move(file))
    {
    }
    [[nodiscard]] ConfigNode root() const { return m_root; }

    void OnDocumentStart(const YAML::Mark & /*mark*/) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override { add(make(mark), anchor); }
    void OnScalar(const YAML::Mark &mark, const std::string & /*tag*/, YAML::anchor_t anchor,
                  const std::string &value) override
    {
        ConfigNode node = make(mark);
        node.kind = ConfigNode::Kind::Scalar;
        node.scalar = QString::fromStdString(value);
        add(std::move(node), anchor);
    }
    void OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) override
    {
        const auto it = m_anchors.find(anchor);
        if (it == m_anchors.end())
            stop(mark, u"an alias may not stand inside what it repeats"_s);
        count(mark, nodesIn(it->second));
        if (static_cast<int>(m_open.size()) + levelsIn(it->second) > levelCap)
            stop(mark, tooDeep());
        add(it->second, 0);
    }
    void OnSequenceStart(const YAML::Mark &mark, const std::string & /*tag*/, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override
    {
        begin(mark, anchor, ConfigNode::Kind::List);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark &mark, const std::string & /*tag*/, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override
    {
        begin(mark, anchor, ConfigNode::Kind::Map);
    }
    void OnMapEnd() override { end(); }

private:
    /// A list or map whose end has not been read. `key` is a map's key that waits for its value.
    struct Open
    {
        ConfigNode node;
        YAML::anchor_t anchor = 0;
        std::optional<ConfigNode> key;
    };

    static QString tooDeep() { return u"nested too deeply: at most %1 levels are read"_s.arg(levelCap); }

    [[noreturn]] void stop(const YAML::Mark &mark, const QString &message) const
    {
        throw Stop{Error{ErrorCode::BadInput, message, placeOf(m_file, mark)}};
    }
    [[noreturn]] static void stop(const ConfigNode &at, const QString &message)
    {
        throw Stop{Error{ErrorCode::BadInput, message, at.where()}};
    }
    void count(const YAML::Mark &mark, int nodes)
    {
        m_nodes += nodes;
        if (m_nodes > nodeCap)
            stop(mark, u"too much in one file: at most %1 values are read, repeated ones included"_s.arg(nodeCap));
    }
    ConfigNode make(const YAML::Mark &mark)
    {
        count(mark, 1);
        ConfigNode node;
        node.file = m_file;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        return node;
    }
    void begin(const YAML::Mark &mark, YAML::anchor_t anchor, ConfigNode::Kind kind)
    {
        Open open{.node = make(mark), .anchor = anchor, .key = {}};
        open.node.kind = kind;
        m_open.push_back(std::move(open));
        if (static_cast<int>(m_open.size()) > levelCap)
            stop(mark, tooDeep());
    }
    void end()
    {
        Open done = std::move(m_open.back());
        m_open.pop_back();
        add(std::move(done.node), done.anchor);
    }
    void add(ConfigNode node, YAML::anchor_t anchor)
    {
        if (anchor != 0)
            m_anchors[anchor] = node;
        if (m_open.empty()) {
            m_root = std::move(node);
            return;
        }
        Open &parent = m_open.back();
        if (parent.node.kind == ConfigNode::Kind::List) {
            parent.node.items.append(std::move(node));
            return;
        }
        if (!parent.key) {
            addKey(parent, std::move(node));
            return;
        }
        parent.node.entries.append({.key = parent.key->scalar,
                                    .value = std::move(node),
                                    .line = parent.key->line,
                                    .column = parent.key->column});
        parent.key.reset();
    }
    static void addKey(Open &parent, ConfigNode key)
    {
        if (key.kind != ConfigNode::Kind::Scalar)
            stop(key, u"expected a word as key"_s);
        for (const ConfigNode::Entry &entry : std::as_const(parent.node.entries)) {
            if (entry.key == key.scalar)
                stop(key, u"'%1' is written twice; the first is in line %2"_s
                              .arg(QString::fromUtf8(masked(key.scalar.left(200).simplified().toUtf8())))
                              .arg(entry.line));
        }
        parent.key = std::move(key);
    }

    QString m_file;
    ConfigNode m_root;
    std::vector<Open> m_open;
    std::map<YAML::anchor_t, ConfigNode> m_anchors;
    int m_nodes = 0;
};
} // namespace

QString ConfigNode::where() const
{
    // What comes with the program is nobody's file to edit.
    if (file.startsWith(":/presets/"_L1) && line > 0)
        return u"preset %1, line %2"_s.arg(file.section(u'/', -1).section(u'.', 0, 0)).arg(line);
    return line > 0 ? u"%1:%2:%3"_s.arg(file).arg(line).arg(column) : file;
}

const ConfigNode *ConfigNode::find(QStringView key) const
{
    const auto it = std::ranges::find_if(entries, [&](const Entry &entry) { return entry.key == key; });
    return it == entries.end() ? nullptr : &it->value;
}

Result<ConfigNode> parseYaml(const QByteArray &yaml, const QString &file)
{
    if (yaml.size() > fileCap)
        return failure(ErrorCode::TooLarge, u"the file is over 1 MiB; is this the right one?"_s, file);
    if (!QUtf8StringView(yaml).isValidUtf8() || yaml.contains('\0'))
        return failure(ErrorCode::BadInput, u"expected text in UTF-8"_s, file);
    std::istringstream stream(yaml.toStdString());
    TreeBuilder builder(file);
    try {
        YAML::Parser parser(stream);
        if (!parser.HandleNextDocument(builder))
            return failure(ErrorCode::BadInput, u"the file is empty"_s, file);
        ConfigNode root = builder.root();
        TreeBuilder rest(file);
        if (parser.HandleNextDocument(rest))
            return failure(ErrorCode::BadInput, u"expected one document, without a second one after '---'"_s,
                           rest.root().where());
        root.file = file;
        return root;
    } catch (const Stop &stop) {
        return std::unexpected(stop.error);
    } catch (const YAML::Exception &exception) {
        return failure(ErrorCode::BadInput, u"not readable as YAML: %1"_s.arg(QString::fromStdString(exception.msg)),
                       placeOf(file, exception.mark));
    }
}

} // namespace qd
