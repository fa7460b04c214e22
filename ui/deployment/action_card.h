/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"
#include "theme/card.h"

#include <QHash>

namespace qd {

class Label;

/// What was begun on a deployment and never came to its end, each with what can be done about it; what waits there for
/// a second person; what is to be taken back by itself; and what is wrong with the journal, each under its heading.
/// Hidden where there is nothing of it.
class ActionCard : public Card
{
    Q_OBJECT

public:
    explicit ActionCard(const Theme &theme, QWidget *parent = nullptr);

    void show(const JournalNews &news, const Waiting &waiting, const QString &deployment, Instant now);

Q_SIGNALS:
    /// `deed`: "verify", "resume", "undo", "keep" or "review".
    void requested(const QByteArray &planId, const QString &deed);

private:
    using Deeds = QList<std::pair<QString, QString>>; ///< each with the word on its button
    /// `kind`: of which its widgets are named; `enabled`: the deeds that can be begun.
    [[nodiscard]] QWidget *makeRow(const QString &kind, const QByteArray &planId, const QString &name,
                                   const QString &text, const Deeds &deeds, const QStringList &enabled);
    [[nodiscard]] QWidget *makeUnfinished(const ActionRecord &record, Instant now);
    [[nodiscard]] QWidget *makeWaiting(const AskedPlan &asked, Instant now);
    [[nodiscard]] QWidget *makePending(const ActionRecord &record, Instant now);
    [[nodiscard]] QWidget *makeLine(const QString &name, const QString &text);
    [[nodiscard]] QWidget *makeHeading(const QString &text);
    QList<ActionRecord> m_shown;
    QList<ActionRecord> m_pending;
    QHash<QByteArray, Label *> m_pendingTexts; ///< they change with the time
    Waiting m_waiting;
    QStringList m_troubles;
};

} // namespace qd
