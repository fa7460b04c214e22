/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "door.h"

#include <QRegularExpression>
#include <QtEndian>

#include <algorithm>
#include <array>
#include <atomic>
#include <fcntl.h>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace Qt::StringLiterals;

namespace qd::proof {

namespace {
/// A socket on loopback; it ends the test where there is none.
int socketAt(quint16 port, bool listens)
{
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0)
        qFatal("no socket can be made");
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto *where = reinterpret_cast<const sockaddr *>(&place); // the sockets API
    if (listens) {
        if (::bind(made, where, sizeof place) != 0 || ::listen(made, 64) != 0)
            qFatal("no port is free");
    } else if (::connect(made, where, sizeof place) != 0) {
        ::close(made);
        return -1;
    }
    return made;
}
} // namespace

/// A thread that passes on what comes.
class Door::Private
{
public:
    explicit Private(quint16 to)
        : m_to(to)
        , m_listener(socketAt(0, true))
    {
        sockaddr_in place{};
        socklen_t size = sizeof place;
        if (::getsockname(m_listener, reinterpret_cast<sockaddr *>(&place), &size) != 0 ||
            ::pipe2(m_wake.data(), O_CLOEXEC) != 0)
            qFatal("no door can be made");
        m_port = ntohs(place.sin_port);
        m_thread = std::thread([this] { passOn(); });
    }
    Private(const Private &) = delete;
    Private &operator=(const Private &) = delete;
    ~Private()
    {
        m_isEnding = true;
        wake();
        m_thread.join();
        cut();
        for (const int each : {m_listener, m_wake[0], m_wake[1]})
            ::close(each);
    }
    [[nodiscard]] quint16 port() const { return m_port; }
    void lead(quint16 to)
    {
        const std::lock_guard guard(m_lock);
        m_to = to;
        cut();
        wake();
    }
    [[nodiscard]] QList<Sent> sent()
    {
        const std::lock_guard guard(m_lock);
        QList<Sent> all;
        for (const Line &line : m_lines)
            all.append(line.sent);
        return all;
    }
    void forget()
    {
        const std::lock_guard guard(m_lock);
        std::erase_if(m_lines, [](const Line &line) { return line.ends[0] < 0; });
        for (Line &line : m_lines)
            line.sent = {.bytes = {}, .isWhole = false};
    }

private:
    struct Line
    {
        std::array<int, 2> ends{-1, -1}; ///< the client's, the server's
        Sent sent;
    };

    void wake() const { [[maybe_unused]] const auto written = ::write(m_wake[1], "x", 1); }
    void hangUp(Line &line)
    {
        for (int &end : line.ends) {
            if (end >= 0)
                ::close(end);
            end = -1;
        }
    }
    void cut()
    {
        for (Line &line : m_lines)
            hangUp(line);
    }
    void accept()
    {
        const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        const int server = socketAt(m_to, false);
        Line line{.ends = {client, server}, .sent = {}};
        if (client < 0 || server < 0)
            hangUp(line);
        m_lines.push_back(line);
    }
    /// False once either has nothing more to say.
    bool pass(Line &line, std::size_t from)
    {
        std::array<char, 65536> buffer{};
        // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): poll() said that there is something
        const ssize_t got = ::recv(line.ends.at(from), buffer.data(), buffer.size(), 0);
        if (got <= 0)
            return false;
        if (from == 0)
            line.sent.bytes.append(buffer.data(), got);
        for (ssize_t at = 0; at < got;) {
            const ssize_t put =
                ::send(line.ends.at(1 - from), buffer.data() + at, static_cast<std::size_t>(got - at), MSG_NOSIGNAL);
            if (put <= 0)
                return false;
            at += put;
        }
        return true;
    }
    void passOn()
    {
        while (!m_isEnding) {
            std::vector<pollfd> all{{m_wake[0], POLLIN, 0}, {m_listener, POLLIN, 0}};
            {
                const std::lock_guard guard(m_lock);
                for (const Line &line : m_lines) {
                    for (const int end : line.ends) {
                        if (end >= 0)
                            all.push_back({end, POLLIN, 0});
                    }
                }
            }
            ::poll(all.data(), all.size(), -1);
            const std::lock_guard guard(m_lock);
            if (all[0].revents != 0) {
                std::array<char, 64> bytes{};
                // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): poll() said that there is something
                [[maybe_unused]] const auto got = ::read(m_wake[0], bytes.data(), bytes.size());
                continue; // what was open may be closed by now, and its number another's
            }
            const auto isReady = [&](int end) {
                return std::ranges::any_of(all, [end](const pollfd &one) { return one.fd == end && one.revents != 0; });
            };
            for (Line &line : m_lines) {
                for (std::size_t from = 0; from < 2; ++from) {
                    if (line.ends.at(from) >= 0 && isReady(line.ends.at(from)) && !pass(line, from))
                        hangUp(line);
                }
            }
            if (all[1].revents != 0)
                accept();
        }
    }

    std::mutex m_lock;
    std::vector<Line> m_lines;
    std::atomic<quint16> m_to;
    const int m_listener;
    quint16 m_port = 0;
    std::array<int, 2> m_wake{-1, -1};
    std::atomic<bool> m_isEnding = false;
    std::thread m_thread;
};

Door::Door(quint16 to)
    : d(std::make_unique<Private>(to))
{
}
Door::~Door() = default;
quint16 Door::port() const
{
    return d->port();
}
void Door::lead(quint16 to)
{
    d->lead(to);
}
QList<Door::Sent> Door::sent() const
{
    return d->sent();
}
void Door::forget()
{
    d->forget();
}

Changes &Changes::operator+=(const Changes &more)
{
    bytes += more.bytes;
    leaseBytes += more.leaseBytes;
    reads += more.reads;
    what += more.what;
    return *this;
}

namespace {
enum class Kind { Reads, Leases, Changes };

void count(Changes &changes, Kind kind, const QByteArray &command)
{
    if (kind == Kind::Reads) {
        ++changes.reads;
    } else if (kind == Kind::Leases) {
        changes.leaseBytes += command.size();
    } else {
        changes.bytes += command.size();
        changes.what.append(command.left(200).simplified());
    }
}

Kind kindOfSql(const QByteArray &sql)
{
    static const QRegularExpression changing(
        u"\\b(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|CREATE|ALTER|DROP|GRANT|REVOKE|COPY|CALL|DO)\\b"_s,
        QRegularExpression::CaseInsensitiveOption);
    // What is only named changes nothing: a right that is asked for.
    static const QRegularExpression named(u"'[^']*'"_s);
    const QString text = QString::fromUtf8(sql).remove(named);
    if (!changing.match(text).hasMatch())
        return Kind::Reads;
    return text.contains("quarterdeck_leases"_L1) ? Kind::Leases : Kind::Changes;
}

/// A guarded script that is only tried out is asked with the mode "try".
Kind kindOfRedis(const QList<QByteArray> &words)
{
    static const QList<QByteArray> reading{"AUTH",  "HELLO",  "PING",  "GET",      "INFO",      "ROLE",    "TIME",
                                           "SCAN",  "EXISTS", "HGET",  "HMGET",    "MGET",      "HGETALL", "PTTL",
                                           "TTL",   "DBSIZE", "ZCARD", "ZCOUNT",   "ZREVRANGE", "SELECT",  "CLIENT",
                                           "TYPE",  "STRLEN", "QUIT",  "COMMAND",  "ECHO",      "SLOWLOG", "CONFIG",
                                           "HSCAN", "ZRANGE", "HLEN",  "SENTINEL", "MEMORY",    "LATENCY", "LLEN"};
    const QByteArray name = words.value(0).toUpper();
    if (reading.contains(name))
        return Kind::Reads;
    if (name == "ACL")
        return QList<QByteArray>{"GETUSER", "WHOAMI", "DRYRUN"}.contains(words.value(1).toUpper()) ? Kind::Reads
                                                                                                   : Kind::Changes;
    if (name != "EVAL")
        return Kind::Changes;
    // Every call of it names a command that reads.
    static const QRegularExpression call(u"redis\\.p?call\\((?:'([A-Z]+)')?"_s);
    bool isReading = true;
    for (auto calls = call.globalMatch(QString::fromLatin1(words.value(1))); calls.hasNext();)
        isReading = reading.contains(calls.next().captured(1).toLatin1()) && isReading;
    if (isReading)
        return Kind::Reads;
    const int keys = words.value(2).toInt();
    const QList<QByteArray> arguments = words.sliced(std::min<qsizetype>(3 + keys, words.size()));
    if (arguments.value(5) == "try")
        return Kind::Reads;
    const QList<QByteArray> named = words.sliced(3, std::min<qsizetype>(keys, words.size() - 3));
    return std::ranges::all_of(
               named, [](const QByteArray &key) { return key == "quarterdeck:lease" || key == "quarterdeck:fence"; })
               ? Kind::Leases
               : Kind::Changes;
}

qint64 number(const QByteArray &bytes, qsizetype &at)
{
    const qsizetype end = bytes.indexOf("\r\n", at);
    const qint64 value = bytes.sliced(at, std::max<qsizetype>(end - at, 0)).toLongLong();
    at = end < 0 ? bytes.size() : end + 2;
    return value;
}
} // namespace

Changes changesInSql(const QList<Door::Sent> &sent)
{
    Changes changes;
    for (const Door::Sent &line : sent) {
        const QByteArray &bytes = line.bytes;
        qsizetype at = line.isWhole && bytes.size() >= 4 ? qFromBigEndian<quint32>(bytes.constData()) : 0;
        while (at + 5 <= bytes.size()) {
            const char type = bytes[at];
            const auto size = qsizetype{qFromBigEndian<quint32>(bytes.constData() + at + 1)};
            const QByteArray body = bytes.mid(at + 5, size - 4);
            at += 1 + std::max<qsizetype>(size, 4);
            const QList<QByteArray> parts = body.split('\0');
            if (type == 'Q')
                count(changes, kindOfSql(parts.value(0)), parts.value(0));
            else if (type == 'P')
                count(changes, kindOfSql(parts.value(1)), parts.value(1));
        }
    }
    return changes;
}

Changes changesInRedis(const QList<Door::Sent> &sent)
{
    Changes changes;
    for (const Door::Sent &line : sent) {
        const QByteArray &bytes = line.bytes;
        qsizetype at = 0;
        while (at < bytes.size() && bytes[at] == '*') {
            const qsizetype begin = at++;
            QList<QByteArray> words;
            const qint64 many = number(bytes, at);
            for (qint64 i = 0; i < many && at < bytes.size() && bytes[at] == '$'; ++i) {
                ++at;
                const qint64 size = number(bytes, at);
                words.append(bytes.mid(at, size));
                at += size + 2;
            }
            const Kind kind = kindOfRedis(words);
            count(changes, kind, kind == Kind::Reads ? QByteArray() : bytes.mid(begin, at - begin));
        }
    }
    return changes;
}

Changes changesInHttp(const QList<Door::Sent> &sent)
{
    static const QRegularExpression request(u"([A-Z]+) (/\\S*) HTTP/1\\.1\\r\\n"_s);
    Changes changes;
    for (const Door::Sent &line : sent) {
        const QString text = QString::fromLatin1(line.bytes);
        for (auto matches = request.globalMatch(text); matches.hasNext();) {
            const auto match = matches.next();
            static const QStringList safe{u"GET"_s, u"HEAD"_s, u"OPTIONS"_s}; // RFC 9110 §9.2.1
            const bool reads = safe.contains(match.captured(1));
            count(changes, reads ? Kind::Reads : Kind::Changes, match.captured().toLatin1());
        }
    }
    return changes;
}

} // namespace qd::proof
