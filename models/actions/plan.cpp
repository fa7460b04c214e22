/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/plan.h"

#include <QCborStreamReader>
#include <QCborStreamWriter>
#include <QCryptographicHash>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
const QByteArray fileHeading = "quarterdeck-plan 1 ";
constexpr int version = 2;
constexpr quint64 fields = 15;      ///< with the version
constexpr int revertingVersion = 3; ///< has one field more
constexpr qsizetype mostBytes = 64LL * 1024;
constexpr quint64 mostItems = 1000;
constexpr std::array risks{Risk::Low, Risk::Medium, Risk::High};

// One visit for both directions, so that no field can be written and not read.
template <class P, class Visit>
void eachField(P &plan, Visit &visit)
{
    visit(plan.action);
    visit(plan.settings);
    visit(plan.target);
    visit(plan.resource);
    visit(plan.changes);
    visit(plan.fingerprint);
    visit(plan.steps);
    visit(plan.undo);
    visit(plan.impact);
    visit(plan.risk);
    visit(plan.author);
    visit(plan.authorKey);
    visit(plan.reason);
    visit(plan.madeAt);
    if (visit.reverts())
        visit(plan.revertAfter);
}

class Writer
{
public:
    Writer(QByteArray *bytes, bool reverts)
        : m_cbor(bytes)
        , m_reverts(reverts)
    {
        m_cbor.startArray(reverts ? fields + 1 : fields);
        m_cbor.append(reverts ? revertingVersion : version);
    }
    [[nodiscard]] bool reverts() const { return m_reverts; }
    void end() { m_cbor.endArray(); }

    void operator()(const QString &text) { m_cbor.append(text); }
    void operator()(const QByteArray &bytes) { m_cbor.append(bytes); }
    void operator()(Risk risk) { m_cbor.append(toWord(risk)); }
    void operator()(Instant at) { m_cbor.append(static_cast<qint64>(at.time_since_epoch().count())); }
    void operator()(std::chrono::seconds time) { m_cbor.append(static_cast<qint64>(time.count())); }
    void operator()(const std::optional<QString> &text)
    {
        m_cbor.startArray(text ? 1 : 0);
        if (text)
            m_cbor.append(*text);
        m_cbor.endArray();
    }
    void operator()(const std::optional<qint64> &number)
    {
        m_cbor.startArray(number ? 1 : 0);
        if (number)
            m_cbor.append(*number);
        m_cbor.endArray();
    }
    void operator()(const Target &target)
    {
        m_cbor.startArray(5);
        (*this)(target.deployment);
        (*this)(target.environment);
        (*this)(target.system);
        (*this)(target.address);
        (*this)(target.identity);
        m_cbor.endArray();
    }
    void operator()(const Phrase &phrase)
    {
        m_cbor.startArray(2);
        (*this)(phrase.code);
        (*this)(phrase.arguments);
        m_cbor.endArray();
    }
    void operator()(const Change &change)
    {
        m_cbor.startArray(3);
        (*this)(change.what);
        (*this)(change.before);
        (*this)(change.after);
        m_cbor.endArray();
    }
    void operator()(const Measure &measure)
    {
        m_cbor.startArray(4);
        (*this)(measure.what);
        (*this)(measure.number);
        (*this)(measure.unit);
        (*this)(measure.source);
        m_cbor.endArray();
    }
    template <class T>
    void operator()(const QList<T> &list)
    {
        m_cbor.startArray(static_cast<quint64>(list.size()));
        for (const T &each : list)
            (*this)(each);
        m_cbor.endArray();
    }

private:
    QCborStreamWriter m_cbor;
    const bool m_reverts;
};

/// Reads what Writer wrote; once something is not as expected, all the rest fails.
class Reader
{
public:
    explicit Reader(const QByteArray &bytes)
        : m_cbor(bytes)
    {
        const quint64 count = length();
        m_reverts = count == fields + 1;
        expect(m_reverts || count == fields);
        expect(integer() == (m_reverts ? revertingVersion : version));
    }
    [[nodiscard]] bool reverts() const { return m_reverts; }
    [[nodiscard]] bool end()
    {
        leave();
        return m_ok;
    }

    void operator()(QString &text)
    {
        if (!expect(m_cbor.isString()))
            return;
        auto part = m_cbor.readString();
        while (part.status == QCborStreamReader::Ok) {
            text += part.data;
            part = m_cbor.readString();
        }
        expect(part.status == QCborStreamReader::EndOfString);
    }
    void operator()(QByteArray &bytes)
    {
        if (!expect(m_cbor.isByteArray()))
            return;
        auto part = m_cbor.readByteArray();
        while (part.status == QCborStreamReader::Ok) {
            bytes += part.data;
            part = m_cbor.readByteArray();
        }
        expect(part.status == QCborStreamReader::EndOfString);
    }
    void operator()(Risk &risk)
    {
        QString word;
        (*this)(word);
        const auto it = std::ranges::find_if(risks, [&](Risk each) { return toWord(each) == word; });
        if (expect(it != risks.end()))
            risk = *it;
    }
    void operator()(Instant &at) { at = Instant(Instant::duration(integer())); }
    void operator()(std::chrono::seconds &time)
    {
        const qint64 count = integer();
        if (expect(count > 0 && count <= longestRevert.count()))
            time = std::chrono::seconds(count);
    }
    void operator()(std::optional<QString> &text)
    {
        if (optional())
            (*this)(text.emplace());
        leave();
    }
    void operator()(std::optional<qint64> &number)
    {
        if (optional())
            number = integer();
        leave();
    }
    void operator()(Target &target)
    {
        enter(5);
        (*this)(target.deployment);
        (*this)(target.environment);
        (*this)(target.system);
        (*this)(target.address);
        (*this)(target.identity);
        leave();
    }
    void operator()(Phrase &phrase)
    {
        enter(2);
        (*this)(phrase.code);
        (*this)(phrase.arguments);
        leave();
    }
    void operator()(Change &change)
    {
        enter(3);
        (*this)(change.what);
        (*this)(change.before);
        (*this)(change.after);
        leave();
    }
    void operator()(Measure &measure)
    {
        enter(4);
        (*this)(measure.what);
        (*this)(measure.number);
        (*this)(measure.unit);
        (*this)(measure.source);
        leave();
    }
    template <class T>
    void operator()(QList<T> &list)
    {
        const quint64 count = length();
        for (quint64 i = 0; i < count && m_ok; ++i)
            (*this)(list.emplaceBack());
        leave();
    }

private:
    bool expect(bool is)
    {
        m_ok = m_ok && is;
        return m_ok;
    }
    quint64 length()
    {
        if (!expect(m_cbor.isArray() && m_cbor.isLengthKnown() && m_cbor.length() <= mostItems))
            return 0;
        const quint64 count = m_cbor.length();
        return expect(m_cbor.enterContainer()) ? count : 0;
    }
    void enter(quint64 count) { expect(length() == count); }
    void leave()
    {
        if (m_ok)
            expect(!m_cbor.hasNext() && m_cbor.leaveContainer());
    }
    bool optional()
    {
        const quint64 count = length();
        return expect(count <= 1) && count == 1;
    }
    qint64 integer()
    {
        if (!expect(m_cbor.isInteger()))
            return 0;
        const qint64 number = m_cbor.toInteger();
        expect(m_cbor.next());
        return number;
    }
    QCborStreamReader m_cbor;
    bool m_reverts = false;
    bool m_ok = true;
};
constexpr auto tlsMark = "tls-key:"_L1;
} // namespace

void Target::setTlsKey(const QByteArray &key)
{
    if (!key.isEmpty())
        identity.append(tlsMark + QString::fromLatin1(key));
}

QString Target::tlsKey() const
{
    return !identity.isEmpty() && identity.last().startsWith(tlsMark) ? identity.last().mid(tlsMark.size()) : QString();
}

QStringList Target::ownWords() const
{
    return tlsKey().isEmpty() ? identity : identity.first(identity.size() - 1);
}

QString toWord(Risk risk)
{
    switch (risk) {
    case Risk::Low:
        return u"low"_s;
    case Risk::Medium:
        return u"medium"_s;
    case Risk::High:
        break;
    }
    return u"high"_s;
}

const Change *Plan::change(QStringView what) const
{
    const auto it = std::ranges::find(changes, what, &Change::what);
    return it == changes.end() ? nullptr : &*it;
}

QByteArray Plan::bytes() const
{
    QByteArray bytes;
    Writer writer(&bytes, revertAfter.count() != 0);
    eachField(*this, writer);
    writer.end();
    return bytes;
}

QByteArray Plan::id() const
{
    return QCryptographicHash::hash(bytes(), QCryptographicHash::Sha256);
}

bool canRevertByItself(const Plan &plan)
{
    // A key that has leaked meanwhile must not come back by itself.
    return plan.steps.size() == 1 && !plan.undo.isEmpty() && !plan.action.endsWith("-signing-key"_L1);
}

Result<Plan> planFrom(const QByteArray &bytes)
{
    const auto bad = [](const QString &why) { return failure(ErrorCode::BadInput, why); };
    if (bytes.size() > mostBytes)
        return bad(u"this is no plan: it is larger than 64 KiB"_s);
    Plan plan;
    Reader reader(bytes);
    eachField(plan, reader);
    if (!reader.end())
        return bad(u"this is no plan of this version; make it again with 'quarterdeck-cli plan'"_s);
    // What is written in another way has another id.
    if (plan.bytes() != bytes)
        return bad(u"this plan is not written as the console writes it; make it again with 'quarterdeck-cli plan'"_s);
    return plan;
}

QByteArray toFile(const Plan &plan)
{
    return fileHeading + plan.id().toHex() + '\n' + plan.bytes();
}

Result<Plan> planFromFile(const QByteArray &file)
{
    constexpr qsizetype idDigits = 64;
    const qsizetype begin = fileHeading.size() + idDigits + 1;
    if (!file.startsWith(fileHeading) || file.size() < begin)
        return failure(ErrorCode::BadInput, u"this is no file of 'quarterdeck-cli plan'; make the plan again"_s);
    const QByteArray bytes = file.sliced(begin);
    if (file.first(begin) != fileHeading + QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex() + '\n')
        return failure(ErrorCode::BadInput,
                       u"the file is damaged: what it holds is not the plan that was written there; "
                       "make the plan again"_s);
    return planFrom(bytes);
}

QString shortId(const QByteArray &id)
{
    const QString hex = QString::fromLatin1(id.toHex().first(std::min<qsizetype>(12, id.size() * 2)));
    QStringList parts;
    for (qsizetype i = 0; i < hex.size(); i += 4)
        parts.append(hex.sliced(i, std::min<qsizetype>(4, hex.size() - i)));
    return parts.join(u'·');
}

QByteArray fingerprintOf(const QList<std::optional<QByteArray>> &words)
{
    QByteArray bytes;
    QCborStreamWriter cbor(&bytes);
    cbor.startArray(static_cast<quint64>(words.size()));
    for (const auto &word : words) {
        if (word)
            cbor.append(*word);
        else
            cbor.append(nullptr);
    }
    cbor.endArray();
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256);
}

std::optional<QByteArray> wordFor(const std::optional<QString> &text)
{
    return text ? std::optional(text->toUtf8()) : std::nullopt;
}

} // namespace qd
