/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/row_parts.h"
#include "watch/rows.h"

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
/// Gives "external/openai" a parent "external" where nobody reported one: as bad as the worst of its parts.
void addParents(QList<HealthView> &rows)
{
    for (qsizetype i = 0; i < rows.size(); ++i) { // grows while it runs, so that grandparents come, too
        const QString parent = parentOf(rows[i].path);
        if (parent.isEmpty() || std::ranges::any_of(rows, [&](const HealthView &r) { return r.path == parent; }))
            continue;
        HealthView group{
            .path = parent, .depth = rows[i].depth - 1, .freshness = rows[i].freshness, .status = Status::Ok};
        group.level.because.formula = u"the worst of its parts"_s;
        for (const HealthView &row : std::as_const(rows)) {
            if (!row.path.startsWith(parent + u'/'))
                continue;
            group.status = std::max(group.status, row.status);
            group.level.because.inputs.append(row.level.because);
            if (row.level.has() && (!group.level.has() || *row.level > *group.level))
                group.level.value = row.level.value;
        }
        group.level.status = group.status;
        rows.append(group);
    }
}
} // namespace

QList<HealthView> Rows::health() const
{
    const auto facts = factsOf<HealthCheck>(m_state);
    QList<HealthView> rows;
    HealthView root;
    root.freshness = m_sources.ofMissing(QString::fromLatin1(HealthCheck::kind));
    rows.append(root);
    for (const auto &[source, fact] : facts) {
        HealthView row;
        row.path = fact.path;
        row.depth = fact.path.isEmpty() ? 0 : static_cast<int>(fact.path.count(u'/')) + 1;
        row.freshness = m_sources.of(source, QString::fromLatin1(HealthCheck::kind));
        row.level = shown(source, fact.level);
        row.word = shown(source, fact.word);
        row.latency = shown(source, fact.latency);
        row.detail = shown(source, fact.detail);
        row.status = statusOf(row.freshness, statusOf(fact.level.valueOr(Level::Unknown)));
        row.level.status = row.status;
        if (fact.path.isEmpty())
            rows.first() = row;
        else
            rows.append(row);
    }
    addParents(rows);
    // Depth first: a node comes after its parent and before the parent's next sibling; siblings as they were said.
    QList<HealthView> ordered{rows.first()};
    const auto place = [&](auto &&self, const QString &parent) -> void {
        for (const HealthView &row : std::as_const(rows)) {
            if (row.path.isEmpty() || parentOf(row.path) != parent)
                continue;
            ordered.append(row);
            self(self, row.path);
        }
    };
    place(place, {});
    return ordered;
}

} // namespace qd
