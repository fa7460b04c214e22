/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/freshness.h"

#include "sources/source.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// The kind of fact that nobody said is best explained by the source in the worst shape.
int trouble(const Freshness &freshness)
{
    switch (freshness.kind) {
    case Freshness::Kind::Fresh:
        return 0;
    case Freshness::Kind::Pending:
        return freshness.error ? 2 : 1;
    case Freshness::Kind::Stale:
        return 3;
    case Freshness::Kind::Refused:
        return 4;
    }
    return 0;
}

const Refusal *refusalOf(const SourceView &source, QStringView kind)
{
    const auto it = std::ranges::find_if(source.refusals, [&](const Refusal &r) { return r.what == kind; });
    return it == source.refusals.end() ? nullptr : &*it;
}

/// The refusal of `kind` or of a part of it.
const Refusal *partRefusalOf(const SourceView &source, QStringView kind)
{
    const auto it = std::ranges::find_if(source.refusals, [&](const Refusal &r) {
        return r.what == kind || (r.what.startsWith(kind) && r.what.mid(kind.size()).startsWith(u'/'));
    });
    return it == source.refusals.end() ? nullptr : &*it;
}

QString toldKey(QStringView source, QStringView kind)
{
    return source.toString() + u'\n' + kind.toString();
}
} // namespace

bool isRefusal(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Timeout:
    case ErrorCode::Unreachable:
    case ErrorCode::Unavailable:
    case ErrorCode::ServerError:
    case ErrorCode::Cancelled:
    case ErrorCode::Internal:
        return false;
    default:
        return true;
    }
}

Freshness freshnessOf(const SourceState *source, std::chrono::milliseconds staleAfter, Instant at)
{
    using enum Freshness::Kind;
    if (!source || source->attemptedAt == Instant{})
        return {};
    if (source->error) {
        if (isRefusal(source->error->code))
            return {.kind = Refused, .since = source->errorSince, .error = source->error};
        // What never came cannot have become old.
        if (!source->good)
            return {.kind = Pending, .since = source->errorSince, .error = source->error};
        return {.kind = Stale, .since = source->good->takenAt, .error = source->error};
    }
    // An answer from the future was dated by a clock that has been set back since; it cannot vouch for now.
    const bool old = std::chrono::abs(at - source->good->takenAt) > staleAfter;
    return {.kind = old ? Stale : Fresh, .since = source->good->takenAt, .error = {}};
}

Sources::Sources(const DeploymentState &state, const Profile &profile, Instant at)
{
    for (const SourceSpec &spec : profile.sources) {
        const auto it = state.sources.find(spec.id);
        const SourceState *source = it == state.sources.end() ? nullptr : &it->second;
        const SourceKind *kind = sourceKind(spec.kind);
        SourceView view{.id = spec.id,
                        .kind = spec.kind,
                        .title = kind ? QString(kind->title) : spec.kind,
                        .isService = kind && kind->role == SourceKind::Role::Service,
                        .freshness = freshnessOf(source, profile.staleAfter(spec.id), at),
                        .error = {},
                        .latency = Millis{0},
                        .interval = spec.interval,
                        .refusals = {}};
        if (source && source->error) {
            view.error = profile.placed(*source->error);
            view.failingSince = source->errorSince;
        }
        if (view.freshness.error)
            view.freshness.error = view.error;
        if (source && source->good) {
            view.latency = source->good->latency;
            view.refusals = source->good->outcome->refusals;
            QLatin1StringView before; // facts of a kind mostly come together
            for (const Fact &fact : source->good->outcome->facts) {
                const auto told = std::visit([](const auto &f) { return QLatin1StringView(f.kind); }, fact);
                if (told != before)
                    m_told.insert(toldKey(spec.id, QString(told)));
                before = told;
            }
        }
        m_sources.append(std::move(view));
    }
}

const SourceView *Sources::find(QStringView id) const
{
    const auto it = std::ranges::find_if(m_sources, [&](const SourceView &s) { return s.id == id; });
    return it == m_sources.end() ? nullptr : &*it;
}

Freshness Sources::of(QStringView source, QStringView kind) const
{
    const SourceView *view = find(source);
    if (!view)
        return {};
    if (const Refusal *refusal = refusalOf(*view, kind); refusal && view->freshness.kind == Freshness::Kind::Fresh)
        return {.kind = isRefusal(refusal->error.code)           ? Freshness::Kind::Refused
                        : m_told.contains(toldKey(source, kind)) ? Freshness::Kind::Stale
                                                                 : Freshness::Kind::Pending,
                .since = view->freshness.since,
                .error = refusal->error};
    return view->freshness;
}

Freshness Sources::ofMissing(const SourceView &source, QStringView kind) const
{
    const Freshness whole = of(source.id, kind);
    if (whole.kind != Freshness::Kind::Fresh)
        return whole;
    // It answered and does not mention the thing; where it mentions no other of that kind, it may have said why.
    const Refusal *refusal = m_told.contains(toldKey(source.id, kind)) ? nullptr : partRefusalOf(source, kind);
    if (!refusal)
        return {};
    return {.kind = isRefusal(refusal->error.code) ? Freshness::Kind::Refused : Freshness::Kind::Pending,
            .since = whole.since,
            .error = refusal->error};
}

Freshness Sources::worst(QStringView kind, auto freshness) const
{
    std::optional<Freshness> worst;
    for (const SourceView &source : m_sources) {
        if (!factKindsOf(source.kind).contains(kind))
            continue;
        Freshness mine = freshness(source);
        if (!worst || trouble(mine) > trouble(*worst))
            worst = std::move(mine);
    }
    return worst.value_or(Freshness{});
}

Freshness Sources::ofKind(QStringView kind) const
{
    return worst(kind, [&](const SourceView &source) { return of(source.id, kind); });
}

Freshness Sources::ofMissing(QStringView kind) const
{
    return worst(kind, [&](const SourceView &source) { return ofMissing(source, kind); });
}

std::optional<Error> Sources::whyMissing(QStringView source, QStringView kind, const QString &pointer) const
{
    const SourceView *view = find(source);
    if (!view || pointer.isEmpty())
        return {};
    // A JSON Pointer begins with its '/'; of a metric's series its name says where it was looked for.
    const QString part = pointer.startsWith(u'/') ? pointer.mid(1) : pointer.section(u'{', 0, 0);
    const Refusal *refusal = refusalOf(*view, QString(kind.toString() + u'/' + part));
    return refusal ? std::optional(refusal->error) : std::nullopt;
}

} // namespace qd
