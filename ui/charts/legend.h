/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

namespace qd {

/// Which line is which: a sample of each with its name, on one line; on several where it may wrap.
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
    [[nodiscard]] bool isEmpty() const { return m_entries.isEmpty(); }
    void setWraps(bool wraps);
    /// Of one line.
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return m_wraps; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return {0, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    /// Where each entry begins, in a legend of this width.
    [[nodiscard]] QList<QPoint> placesIn(int width) const;
    [[nodiscard]] int widthOf(const Entry &entry) const;
    const Theme &m_theme;
    QList<Entry> m_entries;
    bool m_wraps = false;
};

} // namespace qd
