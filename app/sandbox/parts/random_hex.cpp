/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/random_hex.h"

#include <QRandomGenerator>

namespace qd::sandbox {

QByteArray randomHex(qsizetype bytes)
{
    quint32 words[16];
    QRandomGenerator::system()->fillRange(words);
    return QByteArray(reinterpret_cast<const char *>(words), qMin<qsizetype>(bytes, sizeof words)).toHex();
}

} // namespace qd::sandbox
