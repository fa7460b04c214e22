/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

class QVBoxLayout;

namespace qd {

/// Under the top bar, on every page: what is being done to deployments, what became of it, and what was left
/// unfinished. A row each; hidden where there is nothing to say.
class ActionBar : public QWidget
{
    Q_OBJECT

public:
    struct Row
    {
        QString key;
        Status status = Status::Unknown;
        QString text;
        bool canBeDismissed = false;
        bool isRunning = false; ///< it has no status yet
        bool operator==(const Row &) const = default;
    };

    explicit ActionBar(const Theme &theme, QWidget *parent = nullptr);
    void setRows(const QList<Row> &rows);

Q_SIGNALS:
    void chosen(const QString &key);
    void dismissed(const QString &key);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] QWidget *makeRow(const Row &row);
    const Theme &m_theme;
    QVBoxLayout *m_column;
    QList<Row> m_rows;
};

} // namespace qd
