/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/password_words.h"

#include "words/words.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(Passwords)
};
} // namespace

QString passwordDeed(QStringView kind, const QString &variable, const std::map<QString, QString> &set)
{
    const bool isRedis = kind == "rotate-redis-password"_L1;
    if (!isRedis && kind != "rotate-database-password"_L1)
        return {};
    const auto how = set.find(u"how"_s);
    const bool isFinish = set.contains(u"password-kept"_s) || (how != set.end() && how->second == "finish"_L1);
    if (variable.isEmpty()) // until it was read
        return isFinish  ? Tr::tr("Finish a password's rotation")
               : isRedis ? Tr::tr("Rotate Redis's password")
                         : Tr::tr("Rotate PostgreSQL's password");
    return isFinish ? Tr::tr("Finish the rotation of %1").arg(text(variable)) : Tr::tr("Rotate %1").arg(text(variable));
}

QString passwordUndo(const Phrase &undo)
{
    if (undo.code != "password-put-back"_L1)
        return {};
    return Tr::tr("Set the old %1 again").arg(text(undo.arguments.value(0)));
}

QString passwordSentence(const Phrase &phrase)
{
    const auto argument = [&](qsizetype index) { return text(phrase.arguments.value(index)); };
    if (phrase.code == "password-added"_L1)
        return Tr::tr("Give the user %1 of Redis a second password of 256 bits, beside the one that is used")
            .arg(argument(0));
    if (phrase.code == "password-set"_L1)
        return Tr::tr("Set %1 on %2 to the new password; nobody is shown it").arg(argument(0), argument(1));
    if (phrase.code == "password-proved"_L1)
        return Tr::tr("Prove that %1 logs in with what is set, and that no client from before the deploy is left")
            .arg(argument(0));
    if (phrase.code == "passwords-removed"_L1)
        return phrase.arguments.value(2) == "1"_L1
                   ? Tr::tr("Take the other password of %1 away").arg(argument(0))
                   : Tr::tr("Take the other %2 passwords of %1 away").arg(argument(0), argument(2));
    if (phrase.code == "role-readied"_L1)
        return Tr::tr("Let the role %1 log in, with a new password of 256 bits").arg(argument(0));
    if (phrase.code == "roles-proved"_L1)
        return Tr::tr("Prove that the service logs in as %1, and that %2 has no session left")
            .arg(argument(0), argument(1));
    if (phrase.code == "role-retired"_L1)
        return Tr::tr("Let the role %1 log in no more").arg(argument(0));
    if (phrase.code == "role-password-changed"_L1)
        return Tr::tr(
                   "Change the password of the role %1; from here on new connections are refused, until the deploy is "
                   "live")
            .arg(argument(0));
    if (phrase.code == "role-proved"_L1)
        return Tr::tr("Prove that %1 logs in with what is set, and that the service does").arg(argument(0));
    if (phrase.code == "password-put-back"_L1)
        return Tr::tr("Until the old password is taken away, whoever began it here can set %1 back and deploy again; "
                      "once this console was closed it can only be gone on with, as its secret is kept nowhere")
            .arg(argument(0));
    if (phrase.code == "password-is-kept"_L1)
        return Tr::tr("Redis keeps its users over a restart");
    if (phrase.code == "read-at-deploy"_L1)
        return Tr::tr("%1 is read at the deploy alone").arg(argument(0));
    if (phrase.code == "new-password-accepted"_L1)
        return Tr::tr("What %1 holds is accepted").arg(argument(0));
    if (phrase.code == "old-password-refused"_L1)
        return Tr::tr("What %1 held before is refused").arg(argument(0));
    if (phrase.code == "old-role-refused"_L1)
        return Tr::tr("%1 can log in no more").arg(argument(0));
    return {};
}

KeyChange passwordChange(const Change &change)
{
    const QString before = text(change.before.value_or(QString()));
    const QString after = text(change.after.value_or(QString()));
    if (change.what == "password"_L1)
        return {before, Tr::tr("the password that is set"), Tr::tr("a new one, made here")};
    if (change.what == "password-kept"_L1)
        return {before, Tr::tr("the password that is set"), Tr::tr("the same")};
    if (change.what == "passwords"_L1)
        return {Tr::tr("passwords that Redis accepts"), before, after};
    if (change.what == "logs-in-as"_L1)
        return {Tr::tr("logs in as"), before, after};
    if (change.what == "role"_L1)
        return {before, Tr::tr("may log in"), Tr::tr("may not log in")};
    if (change.what == "connections"_L1)
        return {Tr::tr("new connections"), Tr::tr("accepted"), Tr::tr("refused between the change and the deploy")};
    return {};
}

} // namespace qd::words
