/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "theme/theme.h"

#include <QWidget>

class QVBoxLayout;

namespace qd {

/// A profile that could not be opened, with everything that is wrong in it.
struct ProfileProblem
{
    QString file;
    QList<Error> errors;
    bool operator==(const ProfileProblem &) const = default;
};

/// Which profiles could not be opened and why; the others run meanwhile.
class ProblemsPage : public QWidget
{
    Q_OBJECT

public:
    explicit ProblemsPage(const Theme &theme, QWidget *parent = nullptr);
    void setProblems(const QList<ProfileProblem> &problems);

Q_SIGNALS:
    void retryRequested(const QString &file);

private:
    [[nodiscard]] QWidget *makeCard(const ProfileProblem &problem);
    const Theme &m_theme;
    QVBoxLayout *m_cards = nullptr;
};

} // namespace qd
