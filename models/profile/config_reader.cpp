/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "profile/config.h"

#include "base/redact.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Levenshtein's edit distance.
int distance(QStringView a, QStringView b)
{
    std::vector<int> row(static_cast<size_t>(b.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < a.size(); ++i) {
        int diagonal = row[0];
        row[0] = static_cast<int>(i) + 1;
        for (size_t j = 1; j < row.size(); ++j) {
            const int change = diagonal + (a[i] == b[static_cast<qsizetype>(j) - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row.back();
}

/// Text of a file as an error may quote it: short, on one line, without what looks like a secret.
QString quotable(const QString &text)
{
    const QString safe = QString::fromUtf8(masked(text.simplified().toUtf8()));
    return u"'%1'"_s.arg(safe.size() > 40 ? safe.left(39) + u'…' : safe);
}

/// A value as an error may quote it.
QString quoted(const ConfigNode &node)
{
    switch (node.kind) {
    case ConfigNode::Kind::Null:
        return u"nothing"_s;
    case ConfigNode::Kind::List:
        return u"a list"_s;
    case ConfigNode::Kind::Map:
        return u"a map"_s;
    case ConfigNode::Kind::Scalar:
        break;
    }
    return node.confidential ? u"something else"_s : quotable(node.scalar);
}

std::optional<double> numberIn(const QString &text)
{
    bool ok = false;
    const double value = text.toDouble(&ok);
    if (!ok || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::optional<std::chrono::milliseconds> durationIn(const QString &text)
{
    static const QRegularExpression form(u"^([0-9]{1,9}(?:\\.[0-9]{1,3})?) ?(ms|s|m|min|h|d)$"_s);
    const auto match = form.match(text.trimmed());
    if (!match.hasMatch())
        return std::nullopt;
    const QString unit = match.captured(2);
    const double factor = unit == "ms"_L1  ? 1
                          : unit == "s"_L1 ? 1000
                          : unit == "h"_L1 ? 3'600'000
                          : unit == "d"_L1 ? 86'400'000
                                           : 60'000;
    return std::chrono::milliseconds(std::llround(match.captured(1).toDouble() * factor));
}

std::optional<Bytes> bytesIn(const QString &text)
{
    static const QRegularExpression form(u"^([0-9]{1,12}) ?(|B|kB|KB|MB|GB|TB)$"_s);
    const auto match = form.match(text.trimmed());
    if (!match.hasMatch())
        return std::nullopt;
    const auto power = u"BKMGT"_s.indexOf(match.captured(2).left(1).toUpper());
    return Bytes{match.captured(1).toLongLong() << (10 * std::max<qsizetype>(0, power))};
}

/// A duration as a profile would write it.
QString written(std::chrono::milliseconds duration)
{
    const qint64 hours = std::chrono::duration_cast<std::chrono::hours>(duration).count();
    return hours % 24 == 0 ? u"%1 d"_s.arg(hours / 24) : u"%1 h"_s.arg(hours);
}
} // namespace

ConfigNode confidential(ConfigNode node)
{
    node.confidential = true;
    for (ConfigNode &item : node.items)
        item = confidential(std::move(item));
    for (ConfigNode::Entry &entry : node.entries)
        entry.value = confidential(std::move(entry.value));
    return node;
}

QString nearestOf(QStringView word, const QStringList &words)
{
    QString best;
    int least = std::max<int>(2, static_cast<int>(word.size()) / 3) + 1;
    for (const QString &candidate : words) {
        const int far = distance(word, candidate);
        if (far < least && far < candidate.size()) {
            least = far;
            best = candidate;
        }
    }
    return best;
}

void sortByPlace(QList<Error> &errors)
{
    const auto placeOf = [](const Error &error) {
        static const QRegularExpression form(u"^(.*):([0-9]{1,9}):([0-9]{1,9})$"_s,
                                             QRegularExpression::DotMatchesEverythingOption);
        const auto match = form.match(error.where);
        return match.hasMatch() ? std::tuple(match.captured(1), match.captured(2).toInt(), match.captured(3).toInt())
                                : std::tuple(error.where, 0, 0);
    };
    std::ranges::stable_sort(errors, {}, placeOf);
    const auto again = std::ranges::unique(errors);
    errors.erase(again.begin(), again.end());
}

ConfigReader::ConfigReader(const ConfigNode &node, QList<Error> *errors)
    : m_node(node)
    , m_errors(errors)
{
    if (node.kind == ConfigNode::Kind::Scalar || node.kind == ConfigNode::Kind::List) {
        error(node, u"expected a map (lines of 'key: value'), found %1"_s.arg(quoted(node)));
        m_node.entries.clear();
    }
}

const ConfigNode *ConfigReader::take(QStringView key)
{
    if (!m_known.contains(key))
        m_known.append(key.toString());
    return m_node.find(key);
}

bool ConfigReader::has(QStringView key) const
{
    return m_node.find(key) != nullptr;
}

QString ConfigReader::string(QStringView key, const QString &otherwise)
{
    const ConfigNode *node = take(key);
    if (!node)
        return otherwise;
    if (node->kind != ConfigNode::Kind::Scalar || node->scalar.trimmed().isEmpty()) {
        error(*node, u"'%1': expected text, found %2"_s.arg(key, quoted(*node)));
        return otherwise;
    }
    return node->scalar;
}

QString ConfigReader::requiredString(QStringView key)
{
    if (!has(key)) {
        take(key);
        error(m_node, u"'%1' is missing"_s.arg(key));
        return {};
    }
    return string(key);
}

qint64 ConfigReader::integer(QStringView key, qint64 otherwise, qint64 least, qint64 most)
{
    const ConfigNode *node = take(key);
    if (!node)
        return otherwise;
    bool ok = false;
    const qint64 value = node->scalar.toLongLong(&ok);
    if (node->kind != ConfigNode::Kind::Scalar || !ok || value < least || value > most) {
        error(*node, u"'%1': expected a whole number from %2 to %3, found %4"_s.arg(key).arg(least).arg(most).arg(
                         quoted(*node)));
        return otherwise;
    }
    return value;
}

bool ConfigReader::boolean(QStringView key, bool otherwise)
{
    const ConfigNode *node = take(key);
    if (!node)
        return otherwise;
    const bool yes = node->scalar == "true"_L1 || node->scalar == "yes"_L1;
    if (node->kind != ConfigNode::Kind::Scalar || (!yes && node->scalar != "false"_L1 && node->scalar != "no"_L1)) {
        error(*node, u"'%1': expected true or false, found %2"_s.arg(key, quoted(*node)));
        return otherwise;
    }
    return yes;
}

double ConfigReader::number(QStringView key, double otherwise, double least, double most)
{
    const ConfigNode *node = take(key);
    if (!node)
        return otherwise;
    const auto value = numberIn(node->scalar);
    if (node->kind != ConfigNode::Kind::Scalar || !value || *value < least || *value > most) {
        error(*node,
              u"'%1': expected a number from %2 to %3, found %4"_s.arg(key).arg(least).arg(most).arg(quoted(*node)));
        return otherwise;
    }
    return *value;
}

std::optional<Share> ConfigReader::share(QStringView key)
{
    const ConfigNode *node = take(key);
    if (!node)
        return std::nullopt;
    QString text = node->scalar.trimmed();
    const bool perCent = text.endsWith(u'%');
    if (perCent)
        text = text.chopped(1).trimmed();
    const auto value = numberIn(text);
    const double of1 = value.value_or(-1) / (perCent ? 100 : 1);
    if (node->kind != ConfigNode::Kind::Scalar || of1 < 0 || of1 > 1) {
        error(*node, u"'%1': expected a share such as '80 %' or 0.8, found %2"_s.arg(key, quoted(*node)));
        return std::nullopt;
    }
    return Share{of1};
}

std::optional<Selector> ConfigReader::selector(QStringView key)
{
    const ConfigNode at = node(key);
    const QString written = string(key);
    if (written.isEmpty())
        return std::nullopt;
    auto parsed = parseSelector(written);
    if (parsed)
        return *parsed;
    error(at, u"'%1': expected metrics such as http_requests_total{code=~\"5..\"}; in %2"_s.arg(
                  key, parsed.error().message));
    return std::nullopt;
}

std::chrono::milliseconds ConfigReader::duration(QStringView key, std::chrono::milliseconds otherwise,
                                                 std::chrono::milliseconds most)
{
    const ConfigNode *node = take(key);
    if (!node)
        return otherwise;
    const auto value = durationIn(node->scalar);
    if (node->kind != ConfigNode::Kind::Scalar || !value || value->count() == 0) {
        error(*node, u"'%1': expected a duration such as '250 ms', '5 s', '10 m', '1 h' or '7 d', found %2"_s.arg(
                         key, quoted(*node)));
        return otherwise;
    }
    if (*value > most) {
        error(*node, u"'%1': expected at most %2, found %3"_s.arg(key, written(most), quoted(*node)));
        return otherwise;
    }
    return *value;
}

Bytes ConfigReader::bytes(QStringView key, Bytes otherwise)
{
    const ConfigNode *node = take(key);
    if (!node)
        return otherwise;
    const auto value = bytesIn(node->scalar);
    if (node->kind != ConfigNode::Kind::Scalar || !value || value->count <= 0) {
        error(*node, u"'%1': expected a size such as '512 kB', '64 MB' or '2 GB', found %2"_s.arg(key, quoted(*node)));
        return otherwise;
    }
    return *value;
}

QString ConfigReader::oneOf(QStringView key, const QStringList &words, const QString &otherwise)
{
    const ConfigNode *node = take(key);
    if (!node)
        return otherwise;
    if (node->kind != ConfigNode::Kind::Scalar || !words.contains(node->scalar)) {
        error(*node, u"'%1': expected one of %2, found %3"_s.arg(key, words.join(u", "_s), quoted(*node)));
        return otherwise;
    }
    return node->scalar;
}

QStringList ConfigReader::strings(QStringView key)
{
    QStringList found;
    const ConfigNode *node = take(key);
    if (!node || node->kind == ConfigNode::Kind::Null)
        return found;
    if (node->kind != ConfigNode::Kind::List) {
        error(*node, u"'%1': expected a list of words such as [a, b], found %2"_s.arg(key, quoted(*node)));
        return found;
    }
    for (const ConfigNode &item : node->items) {
        if (item.kind == ConfigNode::Kind::Scalar)
            found.append(item.scalar);
        else
            error(item, u"'%1': expected a word, found %2"_s.arg(key, quoted(item)));
    }
    return found;
}

ConfigNode ConfigReader::map(QStringView key)
{
    const ConfigNode *node = take(key);
    if (node && node->kind == ConfigNode::Kind::Map)
        return *node;
    if (node && node->kind != ConfigNode::Kind::Null)
        error(*node, u"'%1': expected a map (lines of 'key: value'), found %2"_s.arg(key, quoted(*node)));
    ConfigNode empty = node ? *node : m_node;
    empty.kind = ConfigNode::Kind::Map;
    empty.scalar.clear();
    empty.items.clear();
    empty.entries.clear();
    return empty;
}

QList<ConfigNode> ConfigReader::maps(QStringView key)
{
    QList<ConfigNode> found;
    const ConfigNode *node = take(key);
    if (!node || node->kind == ConfigNode::Kind::Null)
        return found;
    if (node->kind != ConfigNode::Kind::List) {
        error(*node, u"'%1': expected a list (lines of '- …'), found %2"_s.arg(key, quoted(*node)));
        return found;
    }
    for (const ConfigNode &item : node->items) {
        if (item.kind == ConfigNode::Kind::Map)
            found.append(item);
        else
            error(item, u"'%1': expected a map in each place of the list, found %2"_s.arg(key, quoted(item)));
    }
    return found;
}

ConfigNode ConfigReader::node(QStringView key)
{
    const ConfigNode *node = take(key);
    if (node)
        return *node;
    ConfigNode missing; // has the place where it would stand
    missing.file = m_node.file;
    missing.line = m_node.line;
    missing.column = m_node.column;
    return missing;
}

void ConfigReader::error(const ConfigNode &at, const QString &message)
{
    m_errors->append(Error{ErrorCode::BadInput, message, at.where()});
}

void ConfigReader::finish()
{
    for (const ConfigNode::Entry &entry : std::as_const(m_node.entries)) {
        if (m_known.contains(entry.key))
            continue;
        ConfigNode at = entry.value;
        at.line = entry.line;
        at.column = entry.column;
        if (m_node.confidential && nearestOf(entry.key, m_known).isEmpty()) {
            error(at, u"unknown key; known here: %1"_s.arg(m_known.join(u", "_s)));
            continue;
        }
        const QString nearest = nearestOf(entry.key, m_known);
        const QString hint =
            nearest.isEmpty() ? u"known here: %1"_s.arg(m_known.join(u", "_s)) : u"did you mean '%1'?"_s.arg(nearest);
        error(at, u"unknown key %1; %2"_s.arg(quotable(entry.key), hint));
    }
}

} // namespace qd
