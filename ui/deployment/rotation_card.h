/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/records.h"
#include "theme/card.h"
#include "watch/rotation.h"

#include <QFutureWatcher>

class QPushButton;

namespace qd {

class Acting;
class DeploymentPage;
class Label;

/// Which keys are due to be rotated by the profile's policy, who rotated last, and all of it as a file.
class RotationCard final : public Card
{
    Q_OBJECT

public:
    /// `acting`: null where there is no journal.
    RotationCard(const DeploymentPage &page, const Acting *acting, QWidget *parent = nullptr);
    ~RotationCard() override;

    void showView(const DeploymentView &view);
    /// Writes the journal's rotations of this deployment into that file; what came of it is said below.
    void save(const QString &path);

private:
    /// How many rotations were written. Errors: those of reading the journal; Unavailable, where it was the file.
    using Saved = Result<qsizetype>;
    /// From this console, of this deployment, the newest first.
    [[nodiscard]] QList<const ActionRecord *> rotations() const;
    [[nodiscard]] QString lastRotation(Instant now) const;
    void ask();
    void told(const Saved &saved);
    void tell(const QString &said, Tone tone);

    const DeploymentPage &m_page;
    const Acting *m_acting;
    Label *m_due;
    Label *m_last;
    Label *m_said;
    QPushButton *m_save;
    QString m_path;
    QFutureWatcher<Saved> m_saving;
};

} // namespace qd
