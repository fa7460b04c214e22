/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/signing.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {

// RFC 8032 §7.1, test 2.
const QByteArray seed = QByteArray::fromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const QByteArray publicKey = QByteArray::fromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const QByteArray signature =
    QByteArray::fromHex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d"
                        "8c387b2eaeb4302aeeb00d291612bb0c00");

QByteArray pemOf(const QByteArray &rawKey)
{
    // PKCS #8 of an Ed25519 key is its 32 bytes behind a fixed head (RFC 8410 §7).
    const QByteArray der = QByteArray::fromHex("302e020100300506032b657004220420") + rawKey;
    return "-----BEGIN PRIVATE KEY-----\n" + der.toBase64() + "\n-----END PRIVATE KEY-----\n";
}

constexpr auto ownersAlone = QFile::ReadOwner | QFile::WriteOwner;

} // namespace

class TestSigning : public QObject
{
    Q_OBJECT

private:
    QString write(const QString &name, const QByteArray &bytes, QFile::Permissions rights = ownersAlone)
    {
        QFile file(m_dir.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.setPermissions(rights))
            qFatal("cannot write %s", qPrintable(file.fileName()));
        return file.fileName();
    }

    QTemporaryDir m_dir;

private Q_SLOTS:
    void signsAsTheStandardSays()
    {
        const auto identity = SigningIdentity::fromPem(Secret(pemOf(seed)));
        QVERIFY(identity);
        QCOMPARE(identity->publicKey(), publicKey);
        QCOMPARE(identity->sign("\x72").value(), signature);
        QVERIFY(verify(publicKey, "\x72", signature));
    }

    void refusesWhatWasNotSigned()
    {
        QByteArray otherSignature = signature;
        otherSignature[10] = char(otherSignature[10] ^ 1);
        QByteArray otherKey = publicKey;
        otherKey[0] = char(otherKey[0] ^ 1);
        QVERIFY(!verify(publicKey, "\x73", signature));
        QVERIFY(!verify(publicKey, "\x72", otherSignature));
        QVERIFY(!verify(otherKey, "\x72", signature));
        QVERIFY(!verify(publicKey, "\x72", {}));
        QVERIFY(!verify({}, "\x72", signature));
        QVERIFY(!verify(publicKey.chopped(1), "\x72", signature));
    }

    void aGeneratedKeyComesBackFromItsFileAndFromItsSecret()
    {
        const auto identity = SigningIdentity::generate();
        QVERIFY(identity);
        const QString path = m_dir.filePath(u"operator.pem"_s);
        QVERIFY(identity->save(path));
        constexpr auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther |
                                QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther;
        QVERIFY(!(QFile(path).permissions() & others));
        const auto loaded = SigningIdentity::load(path);
        QVERIFY(loaded);
        QCOMPARE(loaded->publicKey(), identity->publicKey());
        const auto kept = SigningIdentity::fromPem(identity->pem().value());
        QVERIFY(kept);
        QVERIFY(verify(identity->publicKey(), "plan", kept->sign("plan").value()));
        QVERIFY(SigningIdentity::generate()->publicKey() != identity->publicKey());

        const auto again = SigningIdentity::generate()->save(path);
        QVERIFY(!again);
        QCOMPARE(again.error().code, ErrorCode::BadInput);
        QCOMPARE(SigningIdentity::load(path)->publicKey(), identity->publicKey());
    }

    void aKeyThatOthersCanReadIsRefused_data()
    {
        QTest::addColumn<QFile::Permissions>("rights");
        QTest::newRow("group reads") << QFile::Permissions(ownersAlone | QFile::ReadGroup);
        QTest::newRow("others read") << QFile::Permissions(ownersAlone | QFile::ReadOther);
        QTest::newRow("others write") << QFile::Permissions(ownersAlone | QFile::WriteOther);
        QTest::newRow("executable") << QFile::Permissions(ownersAlone | QFile::ExeOwner);
    }
    void aKeyThatOthersCanReadIsRefused()
    {
        QFETCH(const QFile::Permissions, rights);
        const QString path = write(u"wide.pem"_s, pemOf(seed), rights);
        const auto loaded = SigningIdentity::load(path);
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::Forbidden);
        QCOMPARE(loaded.error().where, path);
        QVERIFY2(loaded.error().message.contains(u"chmod 600 "_s + path), qPrintable(loaded.error().message));
        QVERIFY(QFile::setPermissions(path, ownersAlone));
        QVERIFY(SigningIdentity::load(path));
    }

    void whatIsNoKeyIsRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("empty") << QByteArray() << ErrorCode::BadInput;
        QTest::newRow("text") << QByteArray("correct horse battery staple") << ErrorCode::BadInput;
        QTest::newRow("cut off") << pemOf(seed.first(20)) << ErrorCode::BadInput;
        // openssl genpkey -algorithm ED25519 -aes256: asking for its pass phrase would wait for a terminal
        QTest::newRow("encrypted") << QByteArray(
                                          "-----BEGIN ENCRYPTED PRIVATE "
                                          "KEY-----"
                                          "\nMIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhTgumTQFXougICCAAw\nDAYIKoZI"
                                          "hvcNAgkFADAdBglghkgBZQMEASoEEOoH8g6e2SX5Dd1rbhqL/9QEQD8d\nK8OGyHqx/IAi8w6h/"
                                          "Q2HVX990wogooGuUX2mrNkA0GzmWM65Mf8r8HGo3TM6KNYT\nZ2m644o815MiQKda3ss=\n"
                                          "-----END ENCRYPTED PRIVATE KEY-----\n")
                                   << ErrorCode::BadInput;
        // openssl genpkey -algorithm X25519: a key, but it cannot sign
        QTest::newRow("another kind") << QByteArray("-----BEGIN PRIVATE "
                                                    "KEY-----\nMC4CAQAwBQYDK2VuBCIEIDhQT4UiAYZCRFgSusPJULtnbtYXq/"
                                                    "3j8Si1yvK0ZJpg\n-----END PRIVATE KEY-----\n")
                                      << ErrorCode::BadInput;
        QTest::newRow("a film") << QByteArray(64 * 1024, 'x') << ErrorCode::TooLarge;
    }
    void whatIsNoKeyIsRefused()
    {
        QFETCH(const QByteArray, bytes);
        const auto loaded = SigningIdentity::load(write(u"key.pem"_s, bytes));
        QVERIFY(!loaded);
        QTEST(loaded.error().code, "code");
        QVERIFY(!loaded.error().where.isEmpty());
    }

    void aFileThatIsNotThereIsSaidSo()
    {
        QCOMPARE(SigningIdentity::load(m_dir.filePath(u"none"_s)).error().code, ErrorCode::NotFound);
        QCOMPARE(SigningIdentity::load(m_dir.path()).error().code, ErrorCode::BadInput);
        QCOMPARE(SigningIdentity::fromPem(Secret()).error().code, ErrorCode::BadInput);
    }

    void aPublicKeyHasOneTextForm()
    {
        QCOMPARE(publicKeyText(publicKey), u"PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="_s);
        QCOMPARE(publicKeyFromText(u" PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"_s).value(), publicKey);
        for (const QString &wrong : {u""_s, u"PUAX"_s, u"P*AXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="_s})
            QCOMPARE(publicKeyFromText(wrong).error().code, ErrorCode::BadInput);
    }
};

QTEST_GUILESS_MAIN(TestSigning)
#include "tst_signing.moc"
