/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/row_parts.h"
#include "watch/rows.h"

#include <QHash>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
Status statusOf(Level level)
{
    switch (level) {
    case Level::Ok:
        return Status::Ok;
    case Level::Degraded:
        return Status::Degraded;
    case Level::Down:
        return Status::Down;
    case Level::Unknown:
        break;
    }
    return Status::Unknown;
}

/// The word for a health path's parent; "" for "database" and for "external/openai" "external".
QString parentOf(const QString &path)
{
    const qsizetype slash = path.lastIndexOf(u'/');
    return slash < 0 ? QString() : path.left(slash);
}
/// Deeper than any real health document; the names come from outside.
constexpr int deepest = 8;

/// Whether of two sources that speak of one path the other is to be believed: fresh before old, and of two fresh ones
/// the worse, as neither may hide what the other saw.
bool outdoes(const HealthView &other, const HealthView &row)
{
    if (isFresh(other.freshness) != isFresh(row.freshness))
        return isFresh(other.freshness);
    return isFresh(row.freshness) && other.status > row.status;
}

/// The rows of the tree by path, each path once.
class HealthTree
{
public:
    explicit HealthTree(HealthView root) { add(std::move(root)); }

    void add(HealthView row)
    {
        if (row.depth > deepest)
            return;
        if (const auto known = m_index.constFind(row.path); known != m_index.cend()) {
            if (HealthView &told = m_rows[*known]; outdoes(row, told))
                told = std::move(row);
            return;
        }
        m_index.insert(row.path, m_rows.size());
        m_rows.append(std::move(row));
    }
    /// Of the first who tells of the whole, in place of nobody.
    void addRoot(HealthView root)
    {
        if (std::exchange(m_hasRoot, true))
            add(std::move(root));
        else
            m_rows.first() = std::move(root);
    }

    /// Gives "external/openai" a parent "external" where nobody reported one: as bad as the worst of its parts.
    void addParents()
    {
        const qsizetype told = m_rows.size();
        for (qsizetype i = 1; i < told; ++i) {
            const HealthView part = m_rows[i];
            for (QString path = parentOf(part.path); !path.isEmpty(); path = parentOf(path)) {
                if (!m_index.contains(path)) {
                    HealthView group{.path = path,
                                     .depth = static_cast<int>(path.count(u'/')) + 1,
                                     .freshness = part.freshness,
                                     .status = Status::Ok};
                    group.level.because.formula = u"the worst of its parts"_s;
                    add(std::move(group));
                }
                if (const qsizetype at = m_index.value(path); at >= told)
                    worsen(m_rows[at], part);
            }
        }
    }
    /// Depth first: a node comes after its parent and before the parent's next sibling; siblings as they were said.
    [[nodiscard]] QList<HealthView> ordered() const
    {
        QHash<QString, QList<qsizetype>> children;
        for (qsizetype i = 1; i < m_rows.size(); ++i)
            children[parentOf(m_rows[i].path)].append(i);
        QList<HealthView> rows{m_rows.first()};
        const auto place = [&](const auto &self, const QString &parent) -> void {
            for (const qsizetype child : children.value(parent)) {
                rows.append(m_rows[child]);
                self(self, m_rows[child].path);
            }
        };
        place(place, {});
        return rows;
    }

private:
    static void worsen(HealthView &group, const HealthView &part)
    {
        group.status = std::max(group.status, part.status);
        group.level.because.inputs.append(part.level.because);
        if (part.level.has() && (!group.level.has() || *part.level > *group.level))
            group.level.value = part.level.value;
        group.level.status = group.status;
    }
    QList<HealthView> m_rows;
    QHash<QString, qsizetype> m_index;
    bool m_hasRoot = false;
};
} // namespace

QList<HealthView> Rows::health() const
{
    const QString kind = QString::fromLatin1(HealthCheck::kind);
    HealthTree tree({.freshness = m_sources.ofMissing(kind)});
    const auto facts = factsOf<HealthCheck>(m_state);
    for (const auto &[source, fact] : facts) {
        HealthView row;
        row.path = fact.path;
        row.depth = fact.path.isEmpty() ? 0 : static_cast<int>(fact.path.count(u'/')) + 1;
        row.freshness = m_sources.of(source, kind);
        row.level = shown(source, fact, fact.level);
        row.word = shown(source, fact, fact.word);
        row.latency = shown(source, fact, fact.latency);
        row.detail = shown(source, fact, fact.detail);
        row.status = statusOf(row.freshness, statusOf(fact.level.valueOr(Level::Unknown)));
        row.level.status = row.status;
        if (fact.path.isEmpty())
            tree.addRoot(std::move(row));
        else
            tree.add(std::move(row));
    }
    tree.addParents();
    return tree.ordered();
}

} // namespace qd
