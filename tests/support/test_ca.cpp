/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/test_ca.h"

#include "servers/child_process.h"

#include <QFile>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::test {
namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
    return file.readAll();
}

} // namespace

TestCa::TestCa()
{
    // Instead of the machine's own configuration, which adds extensions.
    QFile configuration(m_directory.filePath(u"openssl.cnf"_s));
    if (!configuration.open(QIODevice::WriteOnly))
        qFatal("%s: %s", qPrintable(configuration.fileName()), qPrintable(configuration.errorString()));
    configuration.write("[req]\ndistinguished_name = subject\n[subject]\n");
    configuration.close();
    openssl({u"-subj"_s, u"/CN=An authority of a test"_s, u"-addext"_s, u"basicConstraints=critical,CA:TRUE"_s,
             u"-addext"_s, u"keyUsage=critical,keyCertSign"_s, u"-out"_s, file(), u"-keyout"_s,
             m_directory.filePath(u"ca.key"_s)});
}

QString TestCa::file() const
{
    return m_directory.filePath(u"ca.pem"_s);
}

TestCa::Certificate TestCa::issue(const QString &names)
{
    const QString base = m_directory.filePath(u"server%1"_s.arg(++m_count));
    Certificate made{base + u".pem"_s, base + u".key"_s, {}, {}};
    openssl({u"-CA"_s, file(), u"-CAkey"_s, m_directory.filePath(u"ca.key"_s), u"-subj"_s, u"/O=A server of a test"_s,
             u"-addext"_s, u"subjectAltName="_s + names, u"-addext"_s, u"basicConstraints=CA:FALSE"_s, u"-out"_s,
             made.file, u"-keyout"_s, made.keyFile});
    made.pem = contentOf(made.file);
    made.key = contentOf(made.keyFile);
    return made;
}

void TestCa::openssl(const QStringList &arguments)
{
    const auto program = sandbox::findProgram(u"openssl"_s, {}, u"openssl"_s);
    if (!program)
        qFatal("%s", qPrintable(program.error().message));
    sandbox::ChildOptions child;
    child.program = *program;
    child.arguments =
        QStringList{u"req"_s, u"-config"_s,  m_directory.filePath(u"openssl.cnf"_s), u"-x509"_s,  u"-newkey"_s,
                    u"ec"_s,  u"-pkeyopt"_s, u"ec_paramgen_curve:P-256"_s,           u"-nodes"_s, u"-days"_s,
                    u"2"_s} +
        arguments;
    child.workingDirectory = m_directory.path();
    child.logFile = m_directory.filePath(u"openssl.log"_s);
    if (const auto done = sandbox::runToEnd(child, 20s); !done)
        qFatal("openssl: %s", qPrintable(done.error().message));
}

} // namespace qd::test
