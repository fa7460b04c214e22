/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "console/screens.h"

#include "actions/action_dialog.h"
#include "console/played_story.h"
#include "console/sample_runs.h"
#include "deployment/value_label.h"
#include "fleet/fleet_page.h"
#include "shell/why_dialog.h"
#include "words/words.h"

#include <QCoreApplication>
#include <QDir>
#include <QLineEdit>
#include <QTextStream>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
void print(const QString &line)
{
    QTextStream(stdout) << line << Qt::endl;
}

QString row(const QString &name, const QString &value)
{
    return u"  %1 %2"_s.arg(name, -24).arg(value);
}

bool isInTrouble(const DeploymentView &view)
{
    return view.status >= Status::Degraded;
}

bool isGone(const DeploymentView &view)
{
    return std::ranges::none_of(view.sources, [](const SourceView &source) {
        return source.isService && source.freshness.kind == Freshness::Kind::Fresh;
    });
}
} // namespace

Screens::Screens(Console &console, const Options &options)
    : m_console(console)
    , m_options(options)
    , m_states{{.name = u"healthy"_s, .story = {}, .isShown = {}}}
{
    if (options.showsIncident)
        m_states.append({.name = u"incident"_s, .story = u"incident"_s, .isShown = isInTrouble});
    if (options.showsGone)
        m_states.append({.name = u"gone"_s, .story = u"gone"_s, .isShown = isGone});
}

void Screens::start()
{
    if (!QDir().mkpath(m_options.screens)) {
        print(u"Cannot make the directory %1; name one that can be written."_s.arg(m_options.screens));
        finish(1);
        return;
    }
    print(u"Watching for %1 s without a display…"_s.arg(m_options.liveFor.count()));
    // The shortest range: there is no older past to show.
    m_console.window().setTimeChoice(TimeChoice::FiveMinutes);
    m_console.window().show();
    QTimer::singleShot(m_options.liveFor, this, &Screens::goOn);
}

void Screens::goOn()
{
    if (m_states.isEmpty()) {
        finish(m_failed ? 1 : 0);
        return;
    }
    const State state = m_states.takeFirst();
    m_state = state.name;
    if (!state.story.isEmpty()) {
        play(state);
        return;
    }
    renderAll();
    goOn();
}

void Screens::play(const State &state)
{
    print(u"Playing the story %1…"_s.arg(state.story));
    auto *story = new PlayedStory(m_console, state.story, state.isShown, this);
    connect(story, &PlayedStory::shown, this, [this](bool isComplete) {
        if (!isComplete)
            print(u"Not every deployment showed it within a minute; the pictures show what there is."_s);
        renderAll();
        goOn();
    });
    connect(story, &PlayedStory::failed, this, [this](const Error &error) {
        const words::ErrorWords said = words::explain(error);
        print(u"%1 %2"_s.arg(said.what, said.where));
        finish(1);
    });
    story->start();
}

void Screens::renderAll()
{
    constexpr QSize cell(480, 300);
    const QList<Logbook *> &logbooks = m_console.window().logbooks();
    for (const Scheme scheme : {Scheme::Light, Scheme::Dark}) {
        m_console.theme().setScheme(scheme);
        if (m_options.makesSheets)
            m_sheet.emplace(cell);
        for (const Logbook *logbook : logbooks) {
            const QString name = logbook->profile().name;
            for (const PageId page : allPages)
                renderPlace({.kind = Place::Kind::Deployment, .deployment = name, .page = page},
                            logbooks.size() == 1 ? keyOf(page) : name + u'-' + keyOf(page));
            renderWhy(*logbook, logbooks.size() == 1 ? u"why"_s : name + u"-why"_s);
        }
        renderPlace({}, u"fleet"_s);
        if (auto *fleet = m_console.window().findChild<FleetPage *>()) {
            fleet->setLook(FleetPage::Look::Table);
            renderPlace({}, u"fleet-table"_s);
            fleet->setLook(FleetPage::Look::Wall);
        }
        if (m_state == "healthy"_L1 && !logbooks.isEmpty())
            renderActions();
        writeSheet();
    }
}

QString Screens::schemeName() const
{
    return m_console.theme().scheme() == Scheme::Dark ? u"dark"_s : u"light"_s;
}

void Screens::renderPlace(const Place &place, const QString &name)
{
    MainWindow &window = m_console.window();
    for (const QSize size : m_options.sizes) {
        window.open(place);
        window.resize(size);
        // Layouts settle, then what is shown is measured anew, then it settles again.
        QCoreApplication::processEvents();
        window.tick();
        QCoreApplication::processEvents();
        QCoreApplication::sendPostedEvents(); // what was read meanwhile has its room, too
        const QImage picture = window.grab().toImage();
        write(picture, u"%1-%2-%3x%4"_s.arg(name, schemeName()).arg(size.width()).arg(size.height()));
        if (m_sheet && place.kind == Place::Kind::Deployment && size == m_options.sizes.first())
            m_sheet->add(keyOf(place.page), place.deployment, picture);
    }
}

void Screens::renderWhy(const Logbook &logbook, const QString &name)
{
    const DeploymentView &view = logbook.view();
    const CacheView *lowest = view.lowestHitRate();
    const Spoken asked = lowest != nullptr ? spoken(lowest->hitRate) : spoken(view.requests.rate);
    const QString subject = lowest != nullptr ? u"%1, hit rate"_s.arg(lowest->group) : u"requests"_s;
    WhyDialog dialog(logbook.state(), asked.because, u"%1: %2"_s.arg(subject, asked.text.value_or(u"–"_s)), view.at,
                     m_console.theme());
    // It lives on the stack, and closing must not delete it.
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QCoreApplication::processEvents();
    const QImage picture = dialog.grab().toImage();
    write(picture, u"%1-%2"_s.arg(name, schemeName()));
    if (m_sheet)
        m_sheet->add(u"why"_s, logbook.profile().name, picture);
}

/// Of an action that nobody asked for: pictures are read-only.
void Screens::renderActions()
{
    for (const SampleRun &sample : sampleRuns(m_console.window().logbooks().first()->view().at)) {
        ActionDialog dialog(m_console.theme());
        dialog.setAttribute(Qt::WA_DeleteOnClose, false);
        dialog.setRun(sample.run);
        if (sample.offered != ActionRun::Way::Run)
            dialog.offer(sample.offered);
        dialog.findChild<QLineEdit *>(u"action-name"_s)->setText(sample.typed);
        dialog.show();
        QCoreApplication::processEvents();
        write(dialog.grab().toImage(), u"action-%1-%2"_s.arg(sample.name, schemeName()));
    }
}

void Screens::writeSheet()
{
    if (m_sheet)
        write(m_sheet->paint(u"%1, %2"_s.arg(m_state, schemeName()), m_console.theme()), u"sheet-"_s + schemeName());
}

void Screens::write(const QImage &picture, const QString &name)
{
    const QString file = QDir(m_options.screens).filePath(u"%1-%2.png"_s.arg(m_state, name));
    const bool written = picture.save(file);
    m_failed = m_failed || !written;
    print(written ? file : u"Cannot write %1."_s.arg(file));
}

void Screens::finish(int exitCode)
{
    print(table());
    Q_EMIT finished(exitCode);
}

QString Screens::table() const
{
    const QList<Logbook *> &logbooks = m_console.window().logbooks();
    if (logbooks.isEmpty())
        return u"No deployment was open."_s;
    QStringList lines;
    for (const Logbook *logbook : logbooks) {
        const DeploymentView &view = logbook->view();
        lines.append(
            u"%1 (%2): %3. %4"_s.arg(view.name, view.environment, words::statusLine(view), words::headline(view)));
        for (const SourceView &source : view.sources)
            lines.append(row(u"source "_s + source.id, words::freshness(source.freshness, view.at)));
        for (const BreakerView &breaker : view.breakers)
            lines.append(row(u"breaker "_s + breaker.name, words::valueText(breaker.state, breaker.freshness)));
        for (const CacheView &cache : view.caches)
            lines.append(row(u"cache "_s + cache.group, words::valueText(cache.hitRate, cache.freshness)));
        for (const TierView &tier : view.tiers)
            lines.append(
                row(u"limit "_s + tier.tier, u"%1 refused"_s.arg(words::valueText(tier.rejected, tier.freshness))));
        lines.append(row(u"requests"_s, words::valueText(view.requests.rate, view.requests.freshness)));
        lines.append(row(u"latency p95"_s, words::valueText(view.requests.latencyP95, view.requests.freshness)));
    }
    return lines.join(u'\n');
}

} // namespace qd
