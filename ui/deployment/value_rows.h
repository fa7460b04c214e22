/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QWidget>

class QGridLayout;

namespace qd {

class DeploymentPage;
class ValueLabel;

/// Rows of a name at the left and a value at the right.
class ValueRows : public QWidget
{
    Q_OBJECT

public:
    explicit ValueRows(DeploymentPage &page, QWidget *parent = nullptr);

    /// `subject` is the value's name away from here ("contractor, hits").
    ValueLabel *add(const QString &name, const QString &subject);

private:
    DeploymentPage &m_page;
    QGridLayout *m_grid;
};

} // namespace qd
