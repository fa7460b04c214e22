/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/pg_store.h"
#include "actions/redis_store.h"
#include "support/server_fixtures.h"
#include "support/test_ca.h"
#include "wire/tls.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
const QString names = u"DNS:localhost,IP:127.0.0.1"_s;

QString keyOf(const test::TestCa::Certificate &certificate)
{
    return QString::fromLatin1(tlsKeyOf(QSslCertificate(certificate.pem)));
}

/// Of a plan that was made before keys were written down.
Target ofOld(Target planned)
{
    planned.identity = planned.ownWords();
    return planned;
}

PgConnection::Deadline soon()
{
    return std::chrono::steady_clock::now() + 20s;
}
} // namespace

/// A server whose certificate is good, and that shows another key than the plan was made for, is another server.
class TestTlsIdentity : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ofPostgresql();
    void ofRedis();
    void inClearThereIsNone();

private:
    test::TestCa m_ca;
};

void TestTlsIdentity::ofPostgresql()
{
    const auto first = m_ca.issue(names);
    const auto second = m_ca.issue(names);
    test::PostgresFixture server({}, first);
    PostgresConnection connection = server.connection();
    connection.host = u"localhost"_s;
    connection.sslmode = u"verify-full"_s;
    connection.tls.caFile = m_ca.file();
    const PgStore::Place place{
        .deployment = u"shop"_s, .environment = u"test"_s, .marker = {}, .connection = connection};
    const auto before = PgStore::open(place, soon());
    QVERIFY2(before, before ? "" : qPrintable(before.error().message));
    const Target planned = before->target();
    QCOMPARE(planned.tlsKey(), keyOf(first));
    QCOMPARE(planned.ownWords().size(), 2);
    QVERIFY(!before->differsFrom(planned));
    QVERIFY(!before->differsFrom(ofOld(planned)));

    // Written over: owner and mode, about which PostgreSQL is strict, stay.
    const QString directory = QString::fromUtf8(server.execute("SHOW data_directory"));
    const auto overwrite = [&](const QByteArray &setting, const QByteArray &bytes) {
        QFile file(QDir(directory).filePath(QString::fromUtf8(server.execute("SHOW " + setting))));
        return file.open(QFile::WriteOnly) && file.write(bytes) == bytes.size();
    };
    QVERIFY(overwrite("ssl_cert_file", second.pem) && overwrite("ssl_key_file", second.key));
    server.execute("SELECT pg_reload_conf()");
    const auto key = [&] {
        const auto opened = PgStore::open(place, soon());
        return opened ? opened->target().tlsKey() : QString();
    };
    QTRY_COMPARE_WITH_TIMEOUT(key(), keyOf(second), 10'000);
    const auto after = PgStore::open(place, soon());
    QVERIFY(after);
    QVERIFY(after->differsFrom(planned));
    QVERIFY2(after->differsFrom(planned)->message.contains(u"another TLS key"_s),
             qPrintable(after->differsFrom(planned)->message));
}

void TestTlsIdentity::ofRedis()
{
    const auto first = m_ca.issue(names);
    const auto second = m_ca.issue(names);
    const quint16 port = *sandbox::freePort();
    test::RedisFixture server("secret", {"tls-port " + QByteArray::number(port), "tls-auth-clients no",
                                         "tls-cert-file " + QFile::encodeName(first.file),
                                         "tls-key-file " + QFile::encodeName(first.keyFile)});
    RedisConnection connection = server.connection();
    connection.port = port;
    connection.useTls = true;
    connection.tls.caFile = m_ca.file();
    const RedisStore::Place place{.deployment = u"shop"_s,
                                  .environment = u"test"_s,
                                  .marker = u"quarterdeck:environment"_s,
                                  .connection = connection};
    const auto before = RedisStore::open(place, soon());
    QVERIFY2(before, before ? "" : qPrintable(before.error().message));
    const Target planned = before->target();
    QCOMPARE(planned.tlsKey(), keyOf(first));
    QVERIFY(!before->differsFrom(planned));
    QVERIFY(!before->differsFrom(ofOld(planned)));

    server.command({"CONFIG", "SET", "tls-cert-file", QFile::encodeName(second.file), "tls-key-file",
                    QFile::encodeName(second.keyFile)});
    const auto after = RedisStore::open(place, soon());
    QVERIFY2(after, after ? "" : qPrintable(after.error().message));
    QCOMPARE(after->target().tlsKey(), keyOf(second));
    QVERIFY(after->differsFrom(planned));
    QVERIFY2(after->differsFrom(planned)->message.contains(u"another TLS key"_s),
             qPrintable(after->differsFrom(planned)->message));
}

void TestTlsIdentity::inClearThereIsNone()
{
    test::RedisFixture server("secret");
    const auto store = RedisStore::open({.deployment = u"shop"_s,
                                         .environment = u"test"_s,
                                         .marker = u"quarterdeck:environment"_s,
                                         .connection = server.connection()},
                                        soon());
    QVERIFY(store);
    QCOMPARE(store->target().tlsKey(), QString());
    QCOMPARE(store->target().ownWords(), store->target().identity);
    Target planned = store->target();
    QVERIFY(!store->differsFrom(planned));
    planned.setTlsKey("of-a-server-with-tls");
    QVERIFY(store->differsFrom(planned));
}

QTEST_GUILESS_MAIN(TestTlsIdentity)
#include "tst_tls_identity.moc"
