/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

class QVBoxLayout;

namespace qd {

class GlyphLabel;
class Label;

/// What stands where there is nothing to show: a glyph, what is the matter, and what to do.
class EmptyState : public QWidget
{
    Q_OBJECT

public:
    explicit EmptyState(const Theme &theme, QWidget *parent = nullptr);

    void setState(Status status, const QString &headline, const QString &whatToDo);
    /// A button or the like under the text.
    void addAction(QWidget *widget);

private:
    QVBoxLayout *m_column;
    GlyphLabel *m_glyph;
    Label *m_headline;
    Label *m_advice;
};

} // namespace qd
