/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

namespace qd {

/// Which line is which: a sample of each with its name, on one line.
class Legend : public QWidget
{
    Q_OBJECT

public:
    struct Entry
    {
        QString label;
        int colourIndex = 0;
        bool dashed = false;
        bool operator==(const Entry &) const = default;
    };

    explicit Legend(const Theme &theme, QWidget *parent = nullptr);

    void setEntries(QList<Entry> entries);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return {0, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    QList<Entry> m_entries;
};

} // namespace qd
