/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/clock.h"
#include "profile/connections.h"
#include "sources/backups/backups.h"
#include "sources/evidence.h"
#include "wire/shell_words.h"

#include <QObject>
#include <QPointer>
#include <QTimer>

#include <thread>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Lists on a thread of its own that nobody waits for: a directory on a server that does not answer holds up neither
/// another source nor the end of the program. The poll ends at its deadline all the same, and the next one waits for
/// the same listing, so that hanging ones do not pile up.
class BackupDirectory final : public QObject, public Source
{
public:
    BackupDirectory(BackupOptions options, std::chrono::milliseconds deadline)
        : m_options(std::move(options))
    {
        m_patience.setSingleShot(true);
        m_patience.setInterval(deadline);
        connect(&m_patience, &QTimer::timeout, this, [this] {
            finish({.outcome = failure(ErrorCode::Timeout,
                                       u"the directory could not be listed in time; is its disk or server hanging?"_s,
                                       m_options.path),
                    .exchanges = {}});
        });
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        m_line = std::make_shared<Call::Line>();
        m_done = std::move(done);
        m_patience.start();
        if (!m_listing.pending())
            list();
        return Call(m_line, [self = QPointer(this)] {
            if (self)
                self->m_patience.stop();
        });
    }

private:
    void list()
    {
        const auto line = std::make_shared<Call::Line>();
        m_listing = Call(line);
        std::thread([options = m_options, line, mailbox = m_mailbox, self = QPointer(this)] {
            // Shared: an event copies what a lambda holds.
            const auto listed = std::make_shared<Result<BackupListing>>(listBackups(options, SystemClock().now()));
            const auto take = [self, listed] {
                if (self)
                    self->take(std::move(*listed));
            };
            QMetaObject::invokeMethod(
                mailbox.get(), [line, box = mailbox.get(), take] { Call::deliver(line, box, take); },
                Qt::QueuedConnection);
        }).detach();
    }

    void take(Result<BackupListing> listed)
    {
        if (!listed) {
            finish({.outcome = std::unexpected(listed.error()), .exchanges = {}});
            return;
        }
        const std::optional<BackupListing> before = std::exchange(m_before, std::move(*listed));
        const QString command =
            u"ls -l --time-style=full-iso %1"_s.arg(shellWord(cleaned(m_options.path, m_options.path.size())));
        finish({.outcome = backupFindings(*m_before, before ? &*before : nullptr, m_options),
                .exchanges = {evidence(command, listingAsJson(*m_before))}});
    }

    void finish(const SourceAnswer &answer)
    {
        m_patience.stop();
        if (m_line)
            Call::deliver(std::exchange(m_line, {}), this,
                          [done = std::exchange(m_done, {}), answer] { done(answer); });
    }

    const BackupOptions m_options;
    // Receives listings on this thread. Shared with the thread that lists, which may still hang when this source is
    // gone; deleted later, by the thread it lives in.
    const std::shared_ptr<QObject> m_mailbox{new QObject, [](QObject *mailbox) { mailbox->deleteLater(); }};
    std::optional<BackupListing> m_before;
    std::shared_ptr<Call::Line> m_line;
    std::function<void(SourceAnswer)> m_done;
    QTimer m_patience;
    Call m_listing;
};

/// A preset cannot know where the backups lie.
class NoDirectory final : public Source
{
public:
    explicit NoDirectory(QString where)
        : m_where(std::move(where))
    {
    }
    Call poll(std::function<void(SourceAnswer)> done) override
    {
        done({.outcome = Findings{.facts = {},
                                  .refusals = {{QString::fromLatin1(Backup::kind),
                                                {ErrorCode::BadInput,
                                                 u"the profile does not say where they lie: write 'backups: {path: "
                                                 "DIRECTORY}' under sources, or 'backups: off'"_s,
                                                 m_where}}}},
              .exchanges = {}});
        return {};
    }

private:
    const QString m_where; ///< the source in the profile or preset
};
} // namespace

std::expected<SourceFactory, QList<Error>> backupDirectoryFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    BackupOptions options;
    if (const QString path = reader.string(u"path"); !path.isEmpty())
        options.path = besides(reader.node(u"path"), path);
    const QString written = reader.requiredString(u"pattern");
    if (auto pattern = BackupPattern::parse(written))
        options.pattern = std::move(*pattern);
    else if (!written.isEmpty())
        reader.error(reader.node(u"pattern"), u"'pattern': %1"_s.arg(pattern.error().message));
    const std::map<QString, BackupHead> formats{
        {u"custom"_s, BackupHead::Archive}, {u"gzip"_s, BackupHead::Gzip}, {u"plain"_s, BackupHead::Plain}};
    options.format = formats.at(reader.oneOf(u"format", {u"custom"_s, u"plain"_s, u"gzip"_s}, u"custom"_s));
    options.zone = profile.backupPolicy.value_or(BackupPolicy()).zone;
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [options, deadline = spec.deadline, where = spec.options.where()](const Wire &) -> std::unique_ptr<Source> {
        if (options.path.isEmpty())
            return std::make_unique<NoDirectory>(where);
        return std::make_unique<BackupDirectory>(options, deadline);
    };
}

} // namespace qd
