/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

class QPushButton;

namespace qd {

class EmptyState;

/// What stands there while no deployment is open: it asks nothing and offers what to do.
class FirstRun : public QWidget
{
    Q_OBJECT

public:
    explicit FirstRun(const Theme &theme, QWidget *parent = nullptr);

    enum class Demo { NotInstalled, Offered, Starting };
    /// `trouble` says why the demo did not start; empty: it did not fail.
    void setDemo(Demo demo, const QString &trouble = {});

Q_SIGNALS:
    void demoRequested();
    void addRequested();

protected:
    void showEvent(QShowEvent *event) override;

private:
    EmptyState *m_state;
    QPushButton *m_demo;
    QPushButton *m_add;
};

} // namespace qd
