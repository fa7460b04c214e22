/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/pages.h"
#include "theme/theme.h"

#include <QScrollArea>

#include <array>

class QVBoxLayout;

namespace qd {

class Label;
class RailItem;
struct DeploymentView;

/// Where one can be: the fleet, the profiles that could not be read, or a page of a deployment.
struct Place
{
    enum class Kind { Fleet, Problems, Deployment };
    Kind kind = Kind::Fleet;
    QString deployment{};
    PageId page = PageId::Overview;
    bool operator==(const Place &) const = default;
};

inline constexpr std::array allPages{PageId::Overview, PageId::Breakers, PageId::Cache, PageId::Limits,
                                     PageId::Data,     PageId::Backups,  PageId::Keys,  PageId::Flags,
                                     PageId::Metrics,  PageId::Activity};
[[nodiscard]] QString titleOf(PageId page);
/// A lower-case word for settings, file names and object names: "breakers".
[[nodiscard]] QString keyOf(PageId page);
[[nodiscard]] PageId pageOf(const QString &key);

/// The left rail: the fleet, then the deployments by environment, with the pages of the one that is open. One stop of
/// the Tab key; the arrow keys move within. Rows stand closer where they would not fit, and what is scrolled away is
/// told below them, with the worst of its states.
class Rail : public QWidget
{
    Q_OBJECT

public:
    explicit Rail(const Theme &theme, QWidget *parent = nullptr);

    /// The deployments in the order they came, how many profiles are broken, and where one is.
    void show(const QList<const DeploymentView *> &deployments, int problems, const Place &place);

    /// Narrow: names under their glyphs.
    void setCompact(bool compact);
    [[nodiscard]] bool isCompact() const { return m_compact; }
    /// Of the narrow form.
    [[nodiscard]] int leastWidth() const { return m_theme.px(compactWidth100); }

    static constexpr int width100 = 224;
    static constexpr int compactWidth100 = 92; ///< "PRODUCTION" fits

Q_SIGNALS:
    void chosen(const qd::Place &place);
    void addRequested();
    void viewMenuRequested(const QPoint &globalPos);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Entry
    {
        Place place;
        RailItem *item;
        bool isPage; ///< of the deployment above it
    };
    struct Shape
    {
        QStringList deployments; ///< "environment/name", in order
        QString open;            ///< whose pages are shown
        bool hasProblems = false;
        bool operator==(const Shape &) const = default;
    };
    void rebuild(const QList<const DeploymentView *> &deployments, const Shape &shape);
    RailItem *add(const Place &place, const QString &text, int indent);
    void addHeading(const QString &text);
    void updateItems(const QList<const DeploymentView *> &deployments, int problems, const Place &place);
    void fitWidth();
    void fitHeight();
    void tellHidden();
    void showHidden();
    [[nodiscard]] QList<RailItem *> hiddenDeployments() const;
    void moveFocus(RailItem *from, int by);

    const Theme &m_theme;
    QScrollArea *m_scroll;
    QVBoxLayout *m_column = nullptr;
    QList<Entry> m_entries;
    RailItem *m_more; ///< deployments that are scrolled away
    RailItem *m_add;
    RailItem *m_view;
    std::optional<Shape> m_shape;
    bool m_compact = false;
    bool m_tight = false;
};

} // namespace qd
