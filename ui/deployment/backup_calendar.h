/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/custody.h"

#include <QWidget>

namespace qd {

class DeploymentPage;

/// The last days with their backups, a cell each: a day's standing by glyph and colour, the size of its newest backup.
/// One stop of the Tab key; the arrow keys move from day to day, W asks *Why?* of the day's newest backup.
class BackupCalendar : public QWidget
{
    Q_OBJECT

public:
    explicit BackupCalendar(DeploymentPage &page, QWidget *parent = nullptr);

    void setDays(const QList<BackupDay> &days);
    /// "Fri 20 Nov: quoted-20261120-030000.dump, 1.2 GB, taken 03:00".
    [[nodiscard]] QString sentence(const BackupDay &day) const;
    [[nodiscard]] const BackupDay *current() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

Q_SIGNALS:
    /// Another day became the current one.
    void chosen();

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] int columnsFor(int width) const;
    [[nodiscard]] QRect cell(int index) const;
    [[nodiscard]] int indexAt(QPoint at) const;
    [[nodiscard]] int cellHeight() const;
    void paintDay(QPainter &painter, const QRect &box, const BackupDay &day, bool isFirst) const;
    void setCurrent(int index);
    void tell();
    void ask();
    void copy() const;
    DeploymentPage &m_page;
    QList<BackupDay> m_days;
    int m_current = -1; ///< the last day until one is chosen
    bool m_byKeyboard = false;
};

/// The newest file of a day that is good, else the newest; null where there is none.
[[nodiscard]] const Told<Backup> *newestOf(const BackupDay &day);

} // namespace qd
