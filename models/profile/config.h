/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "base/units.h"
#include "exposition/selector.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace qd {

/// A parsed configuration tree that still knows where each thing stood. YAML's anchors are resolved; at most 10,000
/// nodes and 32 levels, so that a hostile file cannot blow it up.
struct ConfigNode
{
    enum class Kind { Null, Scalar, List, Map };
    struct Entry;
    Kind kind = Kind::Null;
    QString scalar;
    QList<ConfigNode> items; ///< of a list
    QList<Entry> entries;    ///< of a map, in the order written
    QString file;
    int line = 0; ///< from 1; 0: nowhere
    int column = 0;
    /// Stands where a secret may have been written by mistake: no error quotes what is in it or below it.
    bool confidential = false;

    [[nodiscard]] QString where() const; ///< "file:line:column", "preset quoted, line 55"
    [[nodiscard]] const ConfigNode *find(QStringView key) const;
};

struct ConfigNode::Entry
{
    QString key;
    ConfigNode value;
    int line = 0;
    int column = 0;
};

/// `node` with everything below it marked as confidential.
[[nodiscard]] ConfigNode confidential(ConfigNode node);

/// The word nearest to `word` by edit distance, or nothing where none is near.
[[nodiscard]] QString nearestOf(QStringView word, const QStringList &words);

/// Sorts by file, line and column; what was said twice of one place stays once.
void sortByPlace(QList<Error> &errors);

/// A YAML 1.2 document as a tree. Errors: BadInput (not YAML, a key twice, too deep, too many nodes), TooLarge.
[[nodiscard]] Result<ConfigNode> parseYaml(const QByteArray &yaml, const QString &file);

/// Reads a map and keeps every error. Each getter names a known key; `finish()` reports the keys that nobody asked
/// for, each with the nearest known one. A getter never throws and returns the default after reporting.
class ConfigReader
{
public:
    ConfigReader(const ConfigNode &node, QList<Error> *errors);

    [[nodiscard]] bool has(QStringView key) const;
    QString string(QStringView key, const QString &otherwise = {});
    QString requiredString(QStringView key);
    qint64 integer(QStringView key, qint64 otherwise, qint64 least, qint64 most);
    bool boolean(QStringView key, bool otherwise);
    double number(QStringView key, double otherwise, double least, double most);
    /// "80 %" or 0.8.
    std::optional<Share> share(QStringView key);
    /// "5 s", "10m", "250 ms", "1 h", "7 d"; at most `most`, which is itself at most 366 d.
    std::chrono::milliseconds duration(QStringView key, std::chrono::milliseconds otherwise,
                                       std::chrono::milliseconds most = std::chrono::hours(366 * 24));
    /// "64 MB", "512 kB", "2 GB" (powers of 1024), or a number of bytes.
    Bytes bytes(QStringView key, Bytes otherwise);
    /// Metrics as PromQL writes them: `http_requests_total{code=~"5.."}`.
    std::optional<Selector> selector(QStringView key);
    QString oneOf(QStringView key, const QStringList &words, const QString &otherwise);
    QStringList strings(QStringView key);
    /// The map under `key`, or an empty one.
    ConfigNode map(QStringView key);
    /// The list of maps under `key`, or an empty one.
    QList<ConfigNode> maps(QStringView key);
    /// Any node under `key`, or null.
    ConfigNode node(QStringView key);

    void error(const ConfigNode &at, const QString &message);
    void finish();

private:
    const ConfigNode *take(QStringView key);
    ConfigNode m_node;
    QStringList m_known;
    QList<Error> *m_errors;
};

} // namespace qd
