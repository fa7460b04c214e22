/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/service_facts.h"

/// What is kept for a deployment and changed by people: backups, keys, flags, variables, deploys. Never a secret.
namespace qd {

/// One backup file.
struct Backup
{
    static constexpr const char *kind = "backup";
    QString id;              ///< file name
    Value<QString> location; ///< directory or bucket
    Value<QString> format;   ///< "custom", "plain", "plain, gzip"
    Value<Bytes> size;
    Value<Instant> takenAt; ///< as its name tells, else when the file was last written
    Value<QString> trouble; ///< why it cannot be one that restores: empty file, wrong head, still written

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("location", Behaviour::Detail, f.location);
        visit("format", Behaviour::Detail, f.format);
        visit("size_bytes", Behaviour::Detail, f.size);
        visit("taken_at", Behaviour::Detail, f.takenAt);
        visit("trouble", Behaviour::Detail, f.trouble);
    }

    [[nodiscard]] QString name() const { return id; }
    bool operator==(const Backup &) const = default;
};

/// Where in its life a signing key is: published first, then signing, then only verifying, then nothing.
enum class KeyState { Unknown = 0, Next = 1, Active = 2, Retiring = 3, Retired = 4 };

/// A key that signs tokens, without its secret.
struct SigningKey
{
    static constexpr const char *kind = "signing_key";
    QString id; ///< kid, or the variable that holds it
    Value<KeyState> state;
    Value<Instant> createdAt;
    Value<Instant> activatedAt;
    Value<Instant> retireAfter;     ///< until then it verifies
    Value<qint64> tokens;           ///< issued with it, neither expired nor revoked: what retiring it would break
    Value<Instant> lastTokenExpiry; ///< after that nobody needs it any more
    Value<QString> where;           ///< "table jwt_keys", "variable JWT_SECRET"

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("state", Behaviour::State, f.state);
        visit("created_at", Behaviour::Detail, f.createdAt);
        visit("activated_at", Behaviour::Detail, f.activatedAt);
        visit("retire_after", Behaviour::Detail, f.retireAfter);
        visit("tokens", Behaviour::Gauge, f.tokens);
        visit("last_token_expiry", Behaviour::Detail, f.lastTokenExpiry);
        visit("where", Behaviour::Detail, f.where);
    }

    [[nodiscard]] QString name() const { return id; }
    bool operator==(const SigningKey &) const = default;
};

/// A client's key to the interface, by its prefix; never the key or its hash.
struct ApiKey
{
    static constexpr const char *kind = "api_key";
    QString id;
    Value<QString> label;
    Value<QString> prefix;
    Value<QString> tier;
    Value<QString> role;
    Value<Instant> createdAt;
    Value<Instant> lastUsedAt;
    Value<Instant> expiresAt;
    Value<Instant> revokedAt;

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("label", Behaviour::Detail, f.label);
        visit("prefix", Behaviour::Detail, f.prefix);
        visit("tier", Behaviour::Detail, f.tier);
        visit("role", Behaviour::Detail, f.role);
        visit("created_at", Behaviour::Detail, f.createdAt);
        visit("last_used_at", Behaviour::Detail, f.lastUsedAt);
        visit("expires_at", Behaviour::Detail, f.expiresAt);
        visit("revoked_at", Behaviour::Detail, f.revokedAt);
    }

    [[nodiscard]] QString name() const { return id; }
    bool operator==(const ApiKey &) const = default;
};

/// A feature flag. Where it is set and where it works may differ until the next deploy.
struct FeatureFlag
{
    static constexpr const char *kind = "flag";
    QString key;
    Value<QString> set;       ///< "on", "off", or a number as written
    Value<QString> effective; ///< what the running service goes by; not measured where nobody tells
    Value<qint64> rollout;    ///< per cent of the subjects
    Value<QString> updatedBy;
    Value<Instant> updatedAt;
    Value<QString> where; ///< "table feature_flags", "variable ENABLE_DOCS"

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("set", Behaviour::Detail, f.set);
        visit("effective", Behaviour::Detail, f.effective);
        visit("rollout_percent", Behaviour::Gauge, f.rollout);
        visit("updated_by", Behaviour::Detail, f.updatedBy);
        visit("updated_at", Behaviour::Detail, f.updatedAt);
        visit("where", Behaviour::Detail, f.where);
    }

    [[nodiscard]] QString name() const { return key; }
    bool operator==(const FeatureFlag &) const = default;
};

/// A variable of the platform's. Its value is told only where the profile calls it a flag.
struct Variable
{
    static constexpr const char *kind = "variable";
    QString key;
    Value<Instant> updatedAt;
    Value<qint64> isLive; ///< 1: the running deploy has it as it is set; 0: set, not live until the next deploy

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("updated_at", Behaviour::Detail, f.updatedAt);
        visit("is_live", Behaviour::Detail, f.isLive);
    }

    [[nodiscard]] QString name() const { return key; }
    bool operator==(const Variable &) const = default;
};

/// One deploy of the platform's list.
struct Deploy
{
    static constexpr const char *kind = "deploy";
    QString id;
    Value<QString> status; ///< as written: "live", "build_failed", "SUCCESS"
    Value<Level> level;    ///< what that word means; Unknown for a word nobody knows
    Value<qint64> isLive;  ///< 1: the one that serves
    Value<Instant> createdAt;
    Value<Instant> finishedAt;
    Value<QString> cause; ///< commit, image or trigger, as written

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("status", Behaviour::Detail, f.status);
        visit("level", Behaviour::Detail, f.level);
        visit("is_live", Behaviour::Detail, f.isLive);
        visit("created_at", Behaviour::Detail, f.createdAt);
        visit("finished_at", Behaviour::Detail, f.finishedAt);
        visit("cause", Behaviour::Detail, f.cause);
    }

    [[nodiscard]] QString name() const { return id; }
    bool operator==(const Deploy &) const = default;
};

} // namespace qd
