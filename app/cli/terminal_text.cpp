/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/terminal_text.h"

using namespace Qt::StringLiterals;

namespace qd::cli {

QString forTerminal(QStringView text)
{
    QString safe;
    safe.reserve(text.size());
    for (const QChar c : text) {
        switch (c.category()) {
        case QChar::Other_Control:
            safe += u"\\x%1"_s.arg(c.unicode(), 2, 16, QChar(u'0'));
            break;
        case QChar::Other_Format:
        case QChar::Separator_Line:
        case QChar::Separator_Paragraph:
            safe += u"\\u%1"_s.arg(c.unicode(), 4, 16, QChar(u'0'));
            break;
        default:
            safe += c;
        }
    }
    return safe;
}

} // namespace qd::cli
