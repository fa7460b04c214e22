/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"
#include "theme/card.h"

namespace qd {

/// What was begun on a deployment and never came to its end, each with what can be done about it; what waits there for
/// a second person; and what is wrong with the journal. Hidden where there is nothing of it.
class ActionCard : public Card
{
    Q_OBJECT

public:
    explicit ActionCard(const Theme &theme, QWidget *parent = nullptr);

    void show(const JournalNews &news, const Waiting &waiting, const QString &deployment, Instant now);

Q_SIGNALS:
    /// `deed`: "verify", "resume" or "undo".
    void requested(const QByteArray &planId, const QString &deed);

private:
    [[nodiscard]] QWidget *makeRow(const ActionRecord &record, Instant now);
    [[nodiscard]] QWidget *makeLine(const QString &name, const QString &text);
    QList<ActionRecord> m_shown;
    Waiting m_waiting;
    QStringList m_troubles;
};

} // namespace qd
