/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

class QVBoxLayout;

namespace qd {

class DeploymentPage;

/// Whom the console asks: how fresh each answer is, how long it took, and what is wrong with it; and what the profile
/// says that this deployment does not have.
class SourcesCard : public Card
{
    Q_OBJECT

public:
    explicit SourcesCard(DeploymentPage &page, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

private:
    struct Row
    {
        QString id;
        GlyphLabel *glyph;
        Label *name;
        Label *freshness;
        Label *latency;
        Label *error;
    };
    void rebuild(const QList<SourceView> &sources);
    [[nodiscard]] Row makeRow(const SourceView &source, QVBoxLayout *column);
    void showRow(const Row &row, const SourceView &source);
    DeploymentPage &m_page;
    QList<Row> m_rows;
};

} // namespace qd
