/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QString>

#include <functional>
#include <memory>
#include <optional>

/// Files of backups as they are, whatever they are called.
namespace qd {

/// What a backup is, by what it holds.
struct Archive
{
    enum class Form {
        Unknown,
        Custom,    ///< of pg_dump -Fc
        Directory, ///< of pg_dump -Fd
        Tar,       ///< of pg_dump -Ft
        Plain,     ///< SQL of pg_dump
        Cluster,   ///< SQL of pg_dumpall: more than one database
    };
    enum class Cipher { None, OpenSsl, Age, OpenPgp };

    Form form = Form::Unknown;
    QString packing;              ///< "gzip", "zstd", "lz4", "xz", "bzip2": around all of it; empty: none
    Cipher cipher = Cipher::None; ///< what is encrypted is of Unknown form
    qint64 size = 0;              ///< as it lies there; of a directory all its files
    bool operator==(const Archive &) const = default;

    /// pg_restore reads it; SQL goes through psql.
    [[nodiscard]] bool isForRestore() const
    {
        return form == Form::Custom || form == Form::Directory || form == Form::Tar;
    }
};

[[nodiscard]] QString toWord(Archive::Form form);     ///< "unknown", "custom", "directory", "tar", "plain", "cluster"
[[nodiscard]] QString toWord(Archive::Cipher cipher); ///< "none", "openssl", "age", "openpgp"

/// Reads how it begins. Blocks as its disk does. Symbolic links are not followed: a store's own listing names what lies
/// in it. Errors: NotFound, Forbidden, BadInput (a link, a device, an empty file), BadReply (packed, and damaged).
[[nodiscard]] Result<Archive> archiveAt(const QString &path);

/// A file that is unpacked while it is read; each packing's own checksums are verified.
class Unpacked
{
public:
    /// Errors: those of archiveAt().
    [[nodiscard]] static Result<std::unique_ptr<Unpacked>> open(const QString &path);
    Unpacked() = default;
    virtual ~Unpacked() = default;
    Unpacked(const Unpacked &) = delete;
    Unpacked &operator=(const Unpacked &) = delete;

    /// More of it, which lasts until it is asked again; empty: that was all. Errors: BadReply (damaged, or cut off).
    [[nodiscard]] virtual Result<QByteArrayView> next() = 0;
};

/// Called with more bytes of a file; false: stop.
using TakeBytes = std::function<bool(QByteArrayView bytes)>;

/// SHA-256 of a file as it lies there. Errors: NotFound, Forbidden, Unavailable, Cancelled (by `take`, which sees each
/// part).
[[nodiscard]] Result<QByteArray> sha256Of(const QString &path, const TakeBytes &take = {});

/// What stands beside it (FILE.sha256, as sha256sum writes it). Nothing: there is none. Errors: BadReply (no checksum
/// of this file is in it), those of reading.
[[nodiscard]] Result<std::optional<QByteArray>> checksumBeside(const QString &path);

} // namespace qd
