/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/platform/platform_steps.h"

#include <QHash>

namespace qd {

class ConfigReader;

/// What a service logs in to a store with.
struct Login
{
    QString user;
    Secret password;
};

/// The variables of the platform that hold it: a URL, or one for the password and perhaps one for the user.
struct LoginPlace
{
    QString url;
    QString user; ///< empty: it is told nowhere
    QString password;
    [[nodiscard]] const QString &name() const { return url.isEmpty() ? password : url; }
};

/// The login in a URL "scheme://user:password@host…"; nothing: it has none.
[[nodiscard]] std::optional<Login> loginIn(const QString &url);
/// `url` with another login, and all else as it is; empty where it has none.
[[nodiscard]] QString withLogin(const QString &url, const QString &user, const Secret &password);

/// A service gets another password: the store is made to take it first, then the platform's variable is set and the
/// service deployed, and at the end the old one is taken from the store. The new secret is made here; it goes to the
/// platform, and to the store as what the store keeps of it. Whoever comes after a crash does not have it where it was
/// not set yet: then nobody uses it, and another one is made. The plan tells the old one by its scrypt print alone.
/// With "how" = "finish" what a crash or a hand left half-way is brought to its end with what the platform holds.
///
/// Its own step "password-set" {variable, platform, salt, print}; a plan that finishes has salt and print at the end of
/// its last step.
class PasswordRotation : public PlatformRotation
{
public:
    PasswordRotation(Hosting on, LoginPlace place)
        : PlatformRotation(on)
        , m_place(std::move(place))
    {
    }

    void reset() override;
    [[nodiscard]] Result<void> addFirst(Plan &plan, const Wish &wish, Deadline deadline) override;
    void addLast(Plan &plan) override;
    [[nodiscard]] QList<Check> seen(const Plan &plan, Deadline deadline) override;

protected:
    /// Adds to a plan that has its resource. Errors: those of the store, and what keeps it from being done.
    [[nodiscard]] virtual Result<void> addRotation(Plan &plan, const Login &held, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<void> addFinish(Plan &plan, const Login &held, Deadline deadline) = 0;
    /// Steps after the deploy.
    virtual void addProof(Plan &plan) = 0;
    /// Whether the store lets it in, asked by logging in. Errors: those of connecting.
    [[nodiscard]] virtual Result<bool> accepts(const Login &login, Deadline deadline) = 0;
    /// Makes the store take made(), where it does not yet and is to before the variable is set.
    [[nodiscard]] virtual Result<void> ready(const Plan &plan, Deadline deadline) = 0;
    /// Who logs in once all is done.
    [[nodiscard]] virtual QString nextUser(const Plan &plan, const Login &held) const = 0;
    /// Some of several variables were set, and the rest was not.
    [[nodiscard]] virtual bool isHalfSet(const Plan & /*plan*/, const Login & /*held*/) const { return false; }

    [[nodiscard]] Result<Login> held(Deadline deadline);
    /// The variable is still as the plan found it.
    [[nodiscard]] bool isPlanned(const Plan &plan, const Login &held) const;
    [[nodiscard]] Phrase setStep(const Login &held) const;
    [[nodiscard]] QStringList saltAndPrint(const Login &held) const;
    [[nodiscard]] QString printAsPlanned(const Plan &plan, const Login &held) const;
    [[nodiscard]] QString printed(const Secret &secret, const QString &salt) const;
    [[nodiscard]] static bool isRotation(const Plan &plan);
    [[nodiscard]] static QStringList printsIn(const Plan &plan);
    [[nodiscard]] static QString printIn(const Plan &plan) { return printsIn(plan).value(1); }

    [[nodiscard]] Result<void> set(const Plan &plan, Deadline deadline);
    [[nodiscard]] Result<void> setBack(const Plan &plan, Deadline deadline);
    /// Has what was set before again, where it was set in this process.
    void recall(const Plan &plan);
    /// It is of no use any more.
    static void forgetOld(const Plan &plan);
    /// Deploys once more where the plan did, so that the service is as it was with what is set again.
    [[nodiscard]] Result<void> goBack(const Plan &plan, Deadline deadline);
    [[nodiscard]] bool isBack() const { return m_isBack; }
    /// Asks until it holds a few times in a row. `missing`: what is not so yet; empty: it holds.
    [[nodiscard]] Result<void> untilHolds(const std::function<Result<QString>(Deadline)> &missing);
    void make();
    void drop() { m_made = {}; }
    [[nodiscard]] const Secret &made() const { return m_made; }
    [[nodiscard]] const std::optional<Login> &old() const { return m_old; }
    [[nodiscard]] const LoginPlace &place() const { return m_place; }
    [[nodiscard]] Result<void> asBefore(const Error &error) const; ///< where asking failed and nothing was sent

private:
    /// `seen`: the password that it is to take the place of; null: whichever is there.
    [[nodiscard]] Result<void> put(const Login &login, const Secret *seen, Deadline deadline);
    const LoginPlace m_place;
    std::optional<Login> m_old; ///< where it was set from here
    Secret m_made;
    bool m_isBack = false;
    mutable QHash<QByteArray, QString> m_prints; ///< by a hash of what they are of
};

/// Options `redis` {connection (default redis_operator), environment}, `user` and `variables` {url or password}.
[[nodiscard]] std::function<std::unique_ptr<PlatformRotation>(const Hosting &)>
readRedisPassword(ConfigReader &reader, const ActionSpec &spec, const Profile &profile, const PgConnection::Stop &stop,
                  QList<Error> &errors);

/// Options `database` {connection (default operator), environment}, `roles` (one, or two that take turns) and
/// `variables` {url, or user and password}.
[[nodiscard]] std::function<std::unique_ptr<PlatformRotation>(const Hosting &)>
readRolePassword(ConfigReader &reader, const ActionSpec &spec, const Profile &profile, const PgConnection::Stop &stop,
                 QList<Error> &errors);

/// The id of the action of `profile` of that kind. Errors: Unsupported (it names none), those of platformOf() and of
/// the connections that it acts through.
[[nodiscard]] Result<QString> passwordActionOf(QStringView kind, const Profile &profile);

/// The map `variables`. `hasUser`: who logs in changes as well.
[[nodiscard]] LoginPlace readLoginPlace(ConfigReader &reader, bool hasUser, QList<Error> &errors);

} // namespace qd
