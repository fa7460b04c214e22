/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/api_key/key_probe.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {

std::optional<KeyProbe> readKeyProbe(ConfigReader &reader, const Profile &profile, QList<Error> &errors)
{
    if (!reader.has(u"probe"))
        return std::nullopt;
    const ConfigNode node = reader.map(u"probe");
    ConfigReader options(node, &errors);
    static const QRegularExpression token(u"^[A-Za-z0-9-]{1,100}$"_s);
    KeyProbe probe;
    probe.path = options.requiredString(u"path");
    const QString header = options.string(u"header", u"X-API-Key"_s);
    if (!token.match(header).hasMatch())
        options.error(options.node(u"header"), u"'header': expected the name of a header, such as X-API-Key"_s);
    probe.header = header.toLatin1();
    probe.connection = readStrangersConnection(options, profile, u"keys"_s, node.where(), errors);
    options.finish();
    return probe;
}

TokenAnswer askWithKey(const KeyProbe &probe, IoLine &line, const Secret &key, IoLine::Deadline deadline, QString *said)
{
    QByteArray value = probe.header.toLower() == "authorization" ? "Bearer " : "";
    value.append(QByteArrayView(key.reveal()));
    return askToBeLetIn(probe.connection, probe.path, {probe.header, value}, key, line, deadline, said);
}

} // namespace qd
