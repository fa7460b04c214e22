/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QHeaderView>

namespace qd {

class Theme;

/// A table's header whose texts stand over the cells' texts, with the sort arrow beside the text at its free side, so
/// that it never touches the column's edge.
class SortHeader : public QHeaderView
{
    Q_OBJECT

public:
    explicit SortHeader(const Theme &theme, QWidget *parent = nullptr);

    /// From a cell's edge to its text.
    [[nodiscard]] static int textMargin(const Theme &theme);

protected:
    void paintSection(QPainter *painter, const QRect &rect, int section) const override;
    [[nodiscard]] QSize sectionSizeFromContents(int section) const override;

private:
    void paintArrow(QPainter &painter, QPoint centre) const;
    const Theme &m_theme;
};

} // namespace qd
