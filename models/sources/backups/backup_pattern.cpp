/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/backups/backups.h"

#include <QTimeZone>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

Result<BackupPattern> BackupPattern::parse(const QString &written)
{
    BackupPattern pattern;
    QString expression;
    if (written.isEmpty() || written.contains(u'/'))
        return failure(ErrorCode::BadInput, u"expected the name of a file, such as app-%Y%m%d-%H%M%S.dump"_s);
    for (qsizetype i = 0; i < written.size(); ++i) {
        if (written[i] == u'*') {
            expression += u".*"_s;
            continue;
        }
        if (written[i] != u'%') {
            const qsizetype units = written[i].isHighSurrogate() ? 2 : 1;
            expression += QRegularExpression::escape(QStringView(written).mid(i, units));
            i += units - 1;
            continue;
        }
        const QChar field = ++i < written.size() ? written[i] : QChar();
        if (field == u'%') {
            expression += u'%';
        } else if (!u"YmdHMS"_s.contains(field) || field.isNull() || pattern.m_fields.contains(field)) {
            return failure(ErrorCode::BadInput, u"expected %Y, %m, %d, %H, %M and %S after '%', each once"_s);
        } else {
            expression += field == u'Y' ? u"([0-9]{4})"_s : u"([0-9]{2})"_s;
            pattern.m_fields += field;
        }
    }
    const auto has = [&](QStringView fields) {
        return std::ranges::all_of(fields, [&](QChar field) { return pattern.m_fields.contains(field); });
    };
    if (!pattern.m_fields.isEmpty() && !has(u"Ymd"))
        return failure(ErrorCode::BadInput, u"expected the whole date (%Y, %m and %d) or nothing of it"_s);
    // A name may hold anything but '/', line breaks included.
    pattern.m_expression.setPattern(QRegularExpression::anchoredPattern(expression));
    pattern.m_expression.setPatternOptions(QRegularExpression::DotMatchesEverythingOption);
    return pattern;
}

bool BackupPattern::matches(const QString &name) const
{
    return m_expression.match(name).hasMatch();
}

std::optional<BackupPattern::Time> BackupPattern::timeIn(const QString &name, const QTimeZone &zone) const
{
    const auto match = m_expression.match(name);
    if (!match.hasMatch() || m_fields.isEmpty())
        return std::nullopt;
    const auto number = [&](QChar field) {
        const qsizetype at = m_fields.indexOf(field);
        return at < 0 ? 0 : match.capturedView(static_cast<int>(at) + 1).toInt();
    };
    const QDate date(number(u'Y'), number(u'm'), number(u'd'));
    const QTime time(number(u'H'), number(u'M'), number(u'S'));
    if (!date.isValid() || !time.isValid())
        return std::nullopt;
    return Time{.at = QDateTime(date, time, zone), .isDay = !m_fields.contains(u'H')};
}

} // namespace qd
