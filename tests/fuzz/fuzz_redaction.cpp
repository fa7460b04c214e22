/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "base/redact_text.h"
#include "fuzz/check.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {

const QByteArray secret = "Zk7-unmistakable-9Q";

/// Whatever stands around it, what is called a password is not shown.
void checkHidden(const QByteArray &text, const char *where)
{
    test::require(!masked(text).contains(secret), where);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    if (text.contains(secret))
        return 0;
    const QByteArray once = masked(text);
    test::require(masked(once).size() <= 4 * once.size() + 64, "masking does not grow without end");
    checkHidden("password=" + secret + '\n' + text, "a password before any text is hidden");
    checkHidden(text + "\npassword=" + secret, "a password after any text is hidden");
    const QString given = QString::fromUtf8(text);
    const QJsonObject object{{u"note"_s, given},
                             {u"list"_s, QJsonArray{given, QJsonObject{{u"api_key"_s, QString::fromUtf8(secret)}}}},
                             {u"password"_s, QString::fromUtf8(secret)}};
    checkHidden(QJsonDocument(object).toJson(), "a password beside any text is hidden");
    const QByteArray safe = masked(QJsonDocument(object).toJson());
    test::require(QJsonDocument::fromJson(safe).isObject(), "masked JSON is JSON");
    return 0;
}
