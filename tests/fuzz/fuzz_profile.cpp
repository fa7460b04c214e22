/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fuzz/check.h"
#include "profile/profile.h"

using namespace Qt::StringLiterals;
using namespace qd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray yaml(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const auto profile = parseProfile(yaml, u"/nonexistent/profile.yaml"_s);
    if (!profile) {
        test::require(!profile.error().isEmpty(), "a refusal has a reason");
        for (const Error &error : profile.error())
            test::require(!error.message.isEmpty() && !error.where.isEmpty(), "a reason has words and a place");
    }
    return 0;
}
