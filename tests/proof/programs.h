/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QStringList>

#include <memory>

namespace qd::proof {

/// kubectl, railway and docker, each with a platform of its own that has one service "shop"; a thread serves them. They
/// are the sandbox's stand-ins, behind programs that are really run. Also `sh`, which is the real one.
class Programs
{
public:
    enum class Name { Kubectl, Railway, Docker };
    /// One that was run.
    struct Ran
    {
        QByteArray input;
        QStringList arguments; ///< the program's name first
        QList<QByteArray> environment;
        [[nodiscard]] bool changes() const;
    };

    /// Somebody who sets a variable right before a program is run with that word.
    struct Interference
    {
        QString word;
        Name name{};
        QString key;
        QString value;
        int skip = 0; ///< so many of these
    };

    /// `directory`: of the compose file. `environment`: the value of NODE_ENV in each. `secret`: that of another.
    Programs(const QString &directory, const QString &environment, const QString &secret);
    ~Programs();
    Programs(const Programs &) = delete;
    Programs &operator=(const Programs &) = delete;

    [[nodiscard]] quint16 port() const;
    /// Anew, with their first variables.
    void reset();
    /// "set/live" of a variable.
    [[nodiscard]] QByteArray variable(Name name, const QString &key) const;
    /// How often it was deployed and restarted on request.
    [[nodiscard]] QByteArray deploys(Name name) const;
    /// By hand, of compose in its file.
    void set(Name name, const QString &key, const QString &value);
    void deploy(Name name);
    void interfere(const Interference &interference); ///< once
    [[nodiscard]] QList<Ran> ran() const;             ///< since forget() or reset()
    void forget();

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// The programs themselves, in `directory`: each hands on what it is run with to whoever serves at `port`.
void writePrograms(const QString &directory, quint16 port);

} // namespace qd::proof
