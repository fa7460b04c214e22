/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/http_source.h"

#include <QJsonValue>

namespace qd {

/// How an HTTP interface tells and sets feature flags, as data: what a profile writes, or one of
/// resources/presets/flags. Pointers are JSON Pointers (RFC 6901) in what is told of one flag; a step `*` is the only
/// item of a list, and `name=production` the item whose `name` is that.
struct FlagApi
{
    /// Replies in which `values` say which project this is.
    struct Identity
    {
        QString get;
        QStringList values;
    };
    /// In `path` and `body` stand for themselves: {flag}, {enabled} (true, false), {on_off} (on, off), {rollout};
    /// {/pointer}: what is there now; {new/pointer}: what is to be there.
    struct Write
    {
        QByteArray method;
        QString path;
        QString body;
    };
    QString title; ///< "PostHog"
    QString place; ///< "PostHog (project 7)": where its flags lie
    QList<Identity> identity;
    QString list;
    QString flags; ///< pointer in the reply
    QString key;   ///< pointer in one of its items
    QString next;  ///< pointer in the reply to the next page's address; empty: there is one page
    QString get;   ///< of one flag; empty: the list tells all
    QString set;
    QString rollout; ///< empty: it knows no percentage; so for those that follow
    QString version;
    QString updatedBy;
    QString updatedAt;
    bool hasEtag = false;           ///< it tells one, and honours If-Match
    std::map<QString, Write> write; ///< by what is set: "enabled", "rollout"

    /// It refuses what would overwrite somebody else's change.
    [[nodiscard]] bool compares() const { return hasEtag || !version.isEmpty(); }
};

/// Reads `api` (a built-in one) with what stands beside it, and the values of its variables.
[[nodiscard]] FlagApi readFlagApi(const ConfigNode &options, QList<Error> *errors);

/// `pointer` without `*` and `name=…`, as it is in `document`. Nothing: there is no such thing, or no only one.
[[nodiscard]] std::optional<QString> resolvedIn(const QJsonValue &document, const QString &pointer);
/// The value there; undefined where there is none.
[[nodiscard]] QJsonValue pickedFrom(const QJsonValue &document, const QString &pointer);
/// `document` with `value` there; as it is where there is no such thing.
[[nodiscard]] QJsonValue replacedIn(const QJsonValue &document, const QString &pointer, const QJsonValue &value);

/// What goes into a template of FlagApi; empty: not known.
struct FlagWords
{
    QString flag;
    QString enabled;
    QString rollout;
    QJsonValue before;
    QJsonValue after;
};
/// Errors: BadReply (there is nothing at one of its pointers, or it is not known), BadInput (it would lead to another
/// path).
[[nodiscard]] Result<QString> filledPath(const QString &text, const FlagWords &words);
/// Null where there is no text. Errors also: BadInput (it is no JSON then).
[[nodiscard]] Result<QJsonValue> filledBody(const QString &text, const FlagWords &words);

/// One flag as it was told.
struct ToldFlag
{
    QString key;
    QJsonValue document;
    Origin origin; ///< of the document
};

/// The flags in a page of the list. Errors: BadReply.
[[nodiscard]] Result<QList<ToldFlag>> flagsIn(const HttpReply &reply, const FlagApi &api, const QString &where,
                                              int exchange = 0);
/// The path of the page after it; nothing: it is the last. Errors: Redirected (it leads elsewhere).
[[nodiscard]] Result<std::optional<QString>> nextPage(const HttpReply &reply, const FlagApi &api, const QUrl &base,
                                                      const QString &where);
/// More pages are not asked for, nor more flags one by one.
inline constexpr int mostFlagPages = 10;
inline constexpr int mostFlagsAsked = 100;

/// Why it says no, without a word of its own: an error may repeat what it was asked. Nothing: it says yes.
[[nodiscard]] std::optional<Error> refusedByApi(int status, const FlagApi &api, const QString &where);

/// What is told of a flag.
[[nodiscard]] FeatureFlag flagFact(const ToldFlag &told, const FlagApi &api);

/// Asks for the list page by page, then for each flag where the list does not tell all.
[[nodiscard]] std::variant<HttpRequest, SourceAnswer> askFlagApi(const QList<HttpTurn> &turns, const FlagApi &api,
                                                                 const HttpConnection &connection);

/// The registry's entry: the options of readFlagApi().
[[nodiscard]] std::expected<SourceFactory, QList<Error>> httpFlagsFactory(const SourceSpec &spec,
                                                                          const Profile &profile);

} // namespace qd
