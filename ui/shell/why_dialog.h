/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/state.h"
#include "theme/theme.h"
#include "watch/view.h"

#include <QDialog>

class QPlainTextEdit;
class QVBoxLayout;

namespace qd {

/// The path of one value from the raw reply to the screen, as it was when the dialog opened: formula, rule, and for
/// each reply the command that shows the same, when it was read, and the part that was used.
class WhyDialog : public QDialog
{
    Q_OBJECT

public:
    /// `label` names the value ("openai, failures").
    WhyDialog(const DeploymentState &state, const Because &because, const QString &label, Instant now,
              const Theme &theme, QWidget *parent = nullptr);

private:
    /// Values out of one reply stand in one block.
    struct Block
    {
        Explanation::Step step;
        QStringList pointers;
    };
    [[nodiscard]] static QList<Block> blocksOf(const Explanation &explanation);
    void addHead(const QString &label, const DeploymentState &state);
    void addDerivation(const Explanation &explanation);
    void addTroubles(const DeploymentState &state, const Because &because);
    void addBlock(const Block &block, Instant now);
    [[nodiscard]] QWidget *commandRow(const QString &command);
    void fitHeight(QPlainTextEdit *edit) const;
    void markParts(QPlainTextEdit *edit, const Block &block);

    const Theme &m_theme;
    QVBoxLayout *m_column = nullptr;
};

} // namespace qd
