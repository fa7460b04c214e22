/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/painted_items.h"
#include "watch/custody.h"

namespace qd {

/// The last days with their backups, a cell each: a day's standing by glyph and colour, the size of its newest backup.
/// *Why?* is about the day's newest backup.
class BackupCalendar : public PaintedItems
{
    Q_OBJECT

public:
    explicit BackupCalendar(DeploymentPage &page, QWidget *parent = nullptr);

    void setDays(const QList<BackupDay> &days);
    /// "Fri 20 Nov: quoted-20261120-030000.dump, 1.2 GB, taken 03:00".
    [[nodiscard]] QString sentence(const BackupDay &day) const;
    [[nodiscard]] const BackupDay *currentDay() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    [[nodiscard]] int count() const override { return static_cast<int>(m_days.size()); }
    [[nodiscard]] int indexAt(QPoint at) const override;
    [[nodiscard]] QString sentenceAt(int index) const override { return sentence(m_days[index]); }
    [[nodiscard]] Because becauseAt(int index) const override;
    [[nodiscard]] QString title() const override { return tr("Backups by day"); }
    /// The last day that has a backup.
    [[nodiscard]] int preferred() const override;
    [[nodiscard]] int columns() const override { return columnsFor(width()); }
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] int columnsFor(int width) const;
    [[nodiscard]] QRect cell(int index) const;
    [[nodiscard]] int cellHeight() const;
    void paintDay(QPainter &painter, const QRect &box, const BackupDay &day, bool isFirst) const;
    QList<BackupDay> m_days;
};

/// The newest file of a day that is good, else the newest; null where there is none.
[[nodiscard]] const Told<Backup> *newestOf(const BackupDay &day);

} // namespace qd
