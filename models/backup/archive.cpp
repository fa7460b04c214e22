/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "backup/archive.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>

#include <archive.h>
#include <zlib.h>

#include <array>
#include <cstring>
#include <filesystem>

using namespace Qt::StringLiterals;

namespace fs = std::filesystem;

namespace qd {
namespace {
constexpr qsizetype headBytes = 4096;
constexpr std::size_t blockBytes = 128 * 1024;
constexpr qint64 mostChecksumBytes = 64 * 1024;

fs::path native(const QString &path)
{
    return fs::path(QFile::encodeName(path).toStdString());
}

std::unexpected<Error> refused(const std::error_code &error, const QString &path)
{
    if (error == std::errc::no_such_file_or_directory)
        return failure(ErrorCode::NotFound, u"there is no such backup"_s, path);
    if (error == std::errc::permission_denied)
        return failure(ErrorCode::Forbidden, u"the backup cannot be read: let whoever runs this program read it"_s,
                       path);
    return failure(ErrorCode::Unavailable, QString::fromLocal8Bit(error.message().c_str()), path);
}

/// A regular file or a directory, and no link to one.
Result<fs::file_type> typeOf(const QString &path)
{
    std::error_code error;
    const fs::file_status status = fs::symlink_status(native(path), error);
    if (status.type() == fs::file_type::not_found)
        return refused(std::make_error_code(std::errc::no_such_file_or_directory), path);
    if (error)
        return refused(error, path);
    if (status.type() == fs::file_type::symlink)
        return failure(ErrorCode::BadInput, u"it is a symbolic link, which may lead anywhere; name the file itself"_s,
                       path);
    if (status.type() != fs::file_type::regular && status.type() != fs::file_type::directory)
        return failure(ErrorCode::BadInput, u"it is neither a file nor a directory"_s, path);
    return status.type();
}

Result<void> opened(QFile &file)
{
    if (file.open(QIODevice::ReadOnly))
        return {};
    return failure(file.error() == QFileDevice::PermissionsError ? ErrorCode::Forbidden : ErrorCode::Unavailable,
                   u"the backup cannot be read: %1"_s.arg(file.errorString()), file.fileName());
}

Archive::Cipher cipherOf(QByteArrayView head)
{
    if (head.startsWith("Salted__"))
        return Archive::Cipher::OpenSsl;
    if (head.startsWith("age-encryption.org/") || head.startsWith("-----BEGIN AGE ENCRYPTED FILE-----"))
        return Archive::Cipher::Age;
    if (head.startsWith("-----BEGIN PGP MESSAGE-----"))
        return Archive::Cipher::OpenPgp;
    // A packet of OpenPGP (RFC 9580, 4.2): a session key encrypted to a public key (1) or a passphrase (3), first.
    const auto first = head.isEmpty() ? 0 : static_cast<unsigned char>(head.front());
    const bool isOld = (first & 0xC0U) == 0x80U;
    const unsigned tag = isOld ? (first >> 2U) & 0x0FU : first & 0x3FU;
    const unsigned version =
        head.size() > 4 ? static_cast<unsigned char>(head.at(isOld ? 1 + (1 << (first & 3U)) : 2)) : 0;
    const bool isKnown = (tag == 1 && (version == 3 || version == 6)) || (tag == 3 && version >= 4 && version <= 6);
    return (first & 0x80U) != 0 && isKnown ? Archive::Cipher::OpenPgp : Archive::Cipher::None;
}

Archive::Form formOf(QByteArrayView head)
{
    using enum Archive::Form;
    constexpr qsizetype magicAt = 257; // of POSIX tar
    if (head.startsWith("PGDMP"))
        return Custom;
    if (head.startsWith("toc.dat") && head.size() > magicAt + 5 && head.sliced(magicAt, 5) == "ustar")
        return Tar;
    if (head.startsWith("--\n-- PostgreSQL database cluster dump"))
        return Cluster;
    return head.startsWith("--\n-- PostgreSQL database dump") ? Plain : Unknown;
}

/// All but gzip.
class Unpacking final : public Unpacked
{
public:
    explicit Unpacking(QString path)
        : m_path(std::move(path))
        , m_archive(archive_read_new())
    {
        archive_read_support_filter_gzip(m_archive.get());
        archive_read_support_filter_zstd(m_archive.get());
        archive_read_support_filter_lz4(m_archive.get());
        archive_read_support_filter_xz(m_archive.get());
        archive_read_support_filter_bzip2(m_archive.get());
        archive_read_support_format_raw(m_archive.get());
        archive_read_support_format_empty(m_archive.get());
    }

    Result<void> begin()
    {
        archive_entry *entry = nullptr;
        const QByteArray name = QFile::encodeName(m_path);
        if (archive_read_open_filename(m_archive.get(), name.constData(), blockBytes) != ARCHIVE_OK)
            return failed();
        const int found = archive_read_next_header(m_archive.get(), &entry);
        m_isEmpty = found == ARCHIVE_EOF;
        return found == ARCHIVE_OK || m_isEmpty ? Result<void>() : failed();
    }

    Result<QByteArrayView> next() override
    {
        if (m_isEmpty)
            return QByteArrayView();
        const auto read = archive_read_data(m_archive.get(), m_block.data(), m_block.size());
        if (read < 0)
            return failed();
        return QByteArrayView(m_block.data(), static_cast<qsizetype>(read));
    }

    /// Empty: it is not packed.
    [[nodiscard]] QString packing() const
    {
        if (archive_filter_code(m_archive.get(), 0) == ARCHIVE_FILTER_NONE)
            return {};
        return QString::fromLatin1(archive_filter_name(m_archive.get(), 0));
    }

private:
    std::unexpected<Error> failed() const
    {
        const char *said = archive_error_string(m_archive.get());
        return failure(ErrorCode::BadReply,
                       u"it is damaged or cut off (%1)"_s.arg(QString::fromUtf8(said != nullptr ? said : "unknown")),
                       m_path);
    }

    struct Free
    {
        void operator()(::archive *archive) const { archive_read_free(archive); }
    };
    const QString m_path;
    const std::unique_ptr<::archive, Free> m_archive;
    std::vector<char> m_block = std::vector<char>(blockBytes);
    bool m_isEmpty = false;
};

/// libarchive does not verify what gzip wrote at its end; zlib does.
class Gunzipping final : public Unpacked
{
public:
    explicit Gunzipping(QString path)
        : m_path(std::move(path))
        , m_file(gzopen(QFile::encodeName(m_path).constData(), "rb"), gzclose_r)
    {
    }

    Result<QByteArrayView> next() override
    {
        if (!m_file)
            return failure(ErrorCode::Unavailable, u"the backup cannot be read"_s, m_path);
        const int read = gzread(m_file.get(), m_block.data(), static_cast<unsigned>(m_block.size()));
        int code = Z_OK;
        const char *said = gzerror(m_file.get(), &code);
        if (read < 0 || (read == 0 && code != Z_OK && code != Z_STREAM_END))
            return failure(ErrorCode::BadReply, u"it is damaged or cut off (%1)"_s.arg(QString::fromUtf8(said)),
                           m_path);
        return QByteArrayView(m_block.data(), read);
    }

private:
    const QString m_path;
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> m_file;
    std::vector<char> m_block = std::vector<char>(blockBytes);
};

Result<Archive> directoryAt(const QString &path)
{
    Archive archive{.form = Archive::Form::Directory, .packing = {}};
    std::error_code error;
    bool hasToc = false;
    for (auto each = fs::directory_iterator(native(path), error); !error && each != fs::directory_iterator();
         each.increment(error)) {
        const fs::file_status status = each->symlink_status(error);
        if (error)
            break;
        const QString name = QFile::decodeName(each->path().filename().c_str());
        if (status.type() != fs::file_type::regular)
            return failure(ErrorCode::BadInput, u"it holds '%1', which is no file"_s.arg(name), path);
        hasToc = hasToc || name == "toc.dat"_L1;
        archive.size += static_cast<qint64>(each->file_size(error));
    }
    if (error)
        return refused(error, path);
    if (!hasToc)
        return failure(ErrorCode::BadInput, u"it is a directory without a toc.dat: no backup of pg_dump"_s, path);
    QFile toc(path + u"/toc.dat"_s);
    if (auto done = opened(toc); !done)
        return std::unexpected(done.error());
    if (toc.read(5) != "PGDMP")
        return failure(ErrorCode::BadReply, u"its toc.dat is none of pg_dump's"_s, path);
    return archive;
}
} // namespace

QString toWord(Archive::Form form)
{
    static constexpr std::array words{"unknown"_L1, "custom"_L1, "directory"_L1, "tar"_L1, "plain"_L1, "cluster"_L1};
    return words.at(static_cast<std::size_t>(form));
}

QString toWord(Archive::Cipher cipher)
{
    static constexpr std::array words{"none"_L1, "openssl"_L1, "age"_L1, "openpgp"_L1};
    return words.at(static_cast<std::size_t>(cipher));
}

Result<Archive> archiveAt(const QString &path)
{
    const auto type = typeOf(path);
    if (!type)
        return std::unexpected(type.error());
    if (*type == fs::file_type::directory)
        return directoryAt(path);
    QFile file(path);
    if (auto done = opened(file); !done)
        return std::unexpected(done.error());
    if (file.size() == 0)
        return failure(ErrorCode::BadInput, u"the file is empty"_s, path);
    Archive archive{.packing = {}, .size = file.size()};
    const QByteArray head = file.read(headBytes);
    archive.cipher = cipherOf(head);
    archive.form = formOf(head);
    if (archive.cipher != Archive::Cipher::None || archive.form != Archive::Form::Unknown)
        return archive;
    Unpacking unpacking(path);
    if (auto done = unpacking.begin(); !done)
        return std::unexpected(done.error());
    const auto begin = unpacking.next();
    if (!begin)
        return std::unexpected(begin.error());
    archive.packing = unpacking.packing();
    if (!archive.packing.isEmpty())
        archive.form = formOf(*begin);
    return archive;
}

Result<std::unique_ptr<Unpacked>> Unpacked::open(const QString &path)
{
    if (const auto type = typeOf(path); !type)
        return std::unexpected(type.error());
    auto file = std::make_unique<Unpacking>(path);
    if (auto begun = file->begin(); !begun)
        return std::unexpected(begun.error());
    if (file->packing() == "gzip"_L1)
        return std::make_unique<Gunzipping>(path);
    return file;
}

Result<QByteArray> sha256Of(const QString &path, const TakeBytes &take)
{
    QFile file(path);
    if (auto done = opened(file); !done)
        return std::unexpected(done.error());
    QCryptographicHash hash(QCryptographicHash::Sha256);
    std::vector<char> block(blockBytes);
    for (;;) {
        const qint64 read = file.read(block.data(), static_cast<qint64>(block.size()));
        if (read < 0)
            return failure(ErrorCode::Unavailable, u"the backup cannot be read: %1"_s.arg(file.errorString()), path);
        if (read == 0)
            return hash.result();
        const QByteArrayView bytes(block.data(), static_cast<qsizetype>(read));
        hash.addData(bytes);
        if (take && !take(bytes))
            return failure(ErrorCode::Cancelled, u"stopped while it was read"_s, path);
    }
}

Result<std::optional<QByteArray>> checksumBeside(const QString &path)
{
    QFile file(path + u".sha256"_s);
    if (!file.exists())
        return std::optional<QByteArray>();
    if (auto done = opened(file); !done)
        return std::unexpected(done.error());
    const QByteArray name = QFileInfo(path).fileName().toUtf8();
    for (const QByteArray &line : file.read(mostChecksumBytes).split('\n')) {
        constexpr qsizetype digits = 64;
        const QByteArray sum = QByteArray::fromHex(line.left(digits));
        // "SUM  NAME", "SUM *NAME", or the sum alone.
        const bool isOurs = line.size() == digits || line.mid(digits + 2) == name;
        if (sum.size() == digits / 2 && isOurs)
            return std::optional(sum);
    }
    return failure(ErrorCode::BadReply, u"no SHA-256 of that backup stands in it"_s, file.fileName());
}

} // namespace qd
