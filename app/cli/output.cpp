/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/output.h"

#include <cstdio>

namespace qd::cli {

namespace {

void put(std::FILE *file, const QString &lines)
{
    const QByteArray bytes = lines.toUtf8() + '\n';
    std::fwrite(bytes.constData(), 1, size_t(bytes.size()), file);
    std::fflush(file);
}

} // namespace

void print(const QString &lines)
{
    put(stdout, lines);
}

void printError(const QString &lines)
{
    put(stderr, lines);
}

} // namespace qd::cli
