/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

class QButtonGroup;

namespace qd {

/// A row of joined buttons of which one is chosen. Left and right move the choice.
class Segments : public QWidget
{
    Q_OBJECT

public:
    struct Item
    {
        QString word;
        QString objectName;
        QString description; ///< for those who do not see it, and the tooltip
    };

    Segments(const Theme &theme, const QList<Item> &items, QWidget *parent = nullptr);

    void setCurrent(int index);
    [[nodiscard]] int current() const;

Q_SIGNALS:
    /// A person chose another one.
    void chosen(int index);

private:
    QButtonGroup *m_group;
};

} // namespace qd
