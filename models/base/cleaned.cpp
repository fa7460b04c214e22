/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/cleaned.h"

using namespace Qt::StringLiterals;

namespace qd {

QString cleaned(QStringView text, qsizetype most)
{
    QString clean;
    for (const QChar c : text) {
        if (clean.size() >= most) {
            clean.back() = u'…';
            break;
        }
        // Other_Format holds the bidirectional overrides and zero-width characters: they can make one name look like
        // another.
        const auto category = c.category();
        if (category == QChar::Other_Format || category == QChar::Separator_Line ||
            category == QChar::Separator_Paragraph)
            continue;
        clean.append(category == QChar::Other_Control ? QChar(u' ') : c);
    }
    return clean.trimmed();
}

} // namespace qd
