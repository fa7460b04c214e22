/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "history/logbook.h"
#include "tables/custody_models.h"
#include "tables/deployment_models.h"
#include "tables/filter_model.h"
#include "tables/fleet_model.h"
#include "tables/settled_model.h"
#include "tables/store_models.h"

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {

const Instant start{std::chrono::hours{24 * 365 * 50}};
const Freshness fresh{.kind = Freshness::Kind::Fresh, .since = start, .error = {}};

template <class T>
Shown<T> shownAs(T value)
{
    return {.value = value, .status = Status::Ok, .because = {}};
}

BreakerView breaker(const QString &name, BreakerState state, qint64 failures = 0)
{
    BreakerView view;
    view.name = name;
    view.freshness = fresh;
    view.status = state == BreakerState::Open ? Status::Down : Status::Ok;
    view.state = shownAs(state);
    view.failures = shownAs(failures);
    return view;
}

template <class F>
void tell(Telling<F> &telling, F fact)
{
    telling.freshness = fresh;
    telling.rows += Told<F>{.source = u"s"_s, .freshness = fresh, .status = Status::Ok, .fact = std::move(fact)};
}

/// A view in which every table has the rows that `names` says, in that order, all with the value `number`.
DeploymentView viewOf(const QStringList &names, qint64 number = 0)
{
    DeploymentView view;
    view.name = u"quoted"_s;
    for (const QString &name : names) {
        HealthView health;
        health.path = name;
        health.freshness = fresh;
        health.latency = shownAs(Millis(double(number)));
        view.health += health;
        view.breakers += breaker(name, BreakerState::Closed, number);
        CacheView cache;
        cache.group = name;
        cache.freshness = fresh;
        cache.hits = shownAs(number);
        view.caches += cache;
        LimitView limit;
        limit.tier = u"auth"_s;
        limit.client = name;
        limit.freshness = fresh;
        limit.used = shownAs(number);
        view.limits += limit;
        TierView tier;
        tier.tier = name;
        tier.freshness = fresh;
        tier.rejected = shownAs(number);
        view.tiers += tier;
        SourceView source;
        source.id = name;
        source.freshness = fresh;
        source.latency = Millis(double(number + 1));
        view.sources += source;
        Session session{.pid = name};
        session.runningFor.value = Millis(double(number));
        tell(view.sessions, session);
        Statement statement{.id = name};
        statement.calls.value = number;
        tell(view.statements, statement);
        Relation relation{.relation = name};
        relation.rows.value = number;
        tell(view.relations, relation);
        Backup backup{.id = name};
        backup.size.value = Bytes{number};
        tell(view.backups, backup);
        SigningKey key{.id = name};
        key.tokens.value = number;
        tell(view.signingKeys, key);
        ApiKey apiKey{.id = name};
        apiKey.prefix.value = name;
        tell(view.apiKeys, apiKey);
        FeatureFlag flag{.key = name};
        flag.rollout.value = number;
        tell(view.flags, flag);
        Variable variable{.key = name};
        variable.isLive.value = number % 2;
        tell(view.variables, variable);
        view.events += Event{.at = start,
                             .kind = EventKind::SourceBack,
                             .source = name,
                             .subject = name,
                             .from = {},
                             .to = {},
                             .error = {},
                             .count = {},
                             .threshold = {}};
    }
    return view;
}

QStringList keysOf(const TableModel &model)
{
    QStringList keys;
    for (int row = 0; row < model.rowCount(); ++row)
        keys += model.index(row, 0).data(SubjectRole).toString();
    return keys;
}

template <class T>
T roleOf(const TableModel &model, int row, QLatin1StringView column, int role)
{
    return model.index(row, model.columnOf(column)).data(role).template value<T>();
}

std::unique_ptr<DeploymentModel> makeModel(const QString &name)
{
    if (name == "health"_L1)
        return std::make_unique<HealthModel>();
    if (name == "breakers"_L1)
        return std::make_unique<BreakerModel>();
    if (name == "caches"_L1)
        return std::make_unique<CacheModel>();
    if (name == "limits"_L1)
        return std::make_unique<LimitModel>();
    if (name == "tiers"_L1)
        return std::make_unique<TierModel>();
    if (name == "sources"_L1)
        return std::make_unique<SourceModel>();
    if (name == "sessions"_L1)
        return std::make_unique<SessionModel>();
    if (name == "statements"_L1)
        return std::make_unique<StatementModel>();
    if (name == "relations"_L1)
        return std::make_unique<RelationModel>();
    if (name == "backups"_L1)
        return std::make_unique<BackupModel>();
    if (name == "signing keys"_L1)
        return std::make_unique<SigningKeyModel>();
    if (name == "api keys"_L1)
        return std::make_unique<ApiKeyModel>();
    if (name == "flags"_L1)
        return std::make_unique<FlagModel>();
    if (name == "variables"_L1)
        return std::make_unique<VariableModel>();
    return std::make_unique<EventModel>();
}

Profile profileOf(const QString &name)
{
    Profile profile;
    profile.name = name;
    profile.environment = u"test"_s;
    profile.sources = {
        {.id = u"redis"_s, .kind = u"redis"_s, .interval = 5s, .deadline = 5s, .options = {}},
    };
    return profile;
}

Reading readingOf(const QString &deployment, Instant at, Result<Findings> outcome)
{
    return {.deployment = deployment,
            .source = u"redis"_s,
            .takenAt = at,
            .latency = 2ms,
            .outcome = std::move(outcome),
            .exchanges = {}};
}

Findings counterAt(qint64 used, qint64 limit)
{
    RateLimit counter;
    counter.tier = u"auth"_s;
    counter.client = u"203.0.113.9"_s;
    counter.used = {.value = used, .origin = {}};
    counter.limit = {.value = limit, .origin = {}};
    return {.facts = {counter}, .refusals = {}};
}

} // namespace

class TestTables : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyModelKeepsItsPromisesThroughEveryUpdate_data()
    {
        QTest::addColumn<QString>("model");
        for (const char *name : {"health", "breakers", "caches", "limits", "tiers", "sources", "sessions", "statements",
                                 "relations", "backups", "signing keys", "api keys", "flags", "variables", "events"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void everyModelKeepsItsPromisesThroughEveryUpdate()
    {
        QFETCH(QString, model);
        const auto tested = makeModel(model);
        const QAbstractItemModelTester tester(tested.get(), QAbstractItemModelTester::FailureReportingMode::Fatal);
        FilterModel filter;
        const QAbstractItemModelTester filterTester(&filter, QAbstractItemModelTester::FailureReportingMode::Fatal);
        filter.setSourceModel(tested.get());
        filter.sort(0);
        const QSignalSpy resets(tested.get(), &QAbstractItemModel::modelReset);
        const QList<QStringList> steps{{},
                                       {u"a"_s, u"b"_s, u"c"_s},
                                       {u"a"_s, u"x"_s, u"b"_s, u"c"_s, u"y"_s, u"z"_s},
                                       {u"z"_s, u"c"_s, u"a"_s},
                                       {u"n"_s, u"a"_s, u"m"_s, u"z"_s, u"o"_s},
                                       {u"p"_s, u"q"_s},
                                       {u"p"_s, u"p"_s, u"q"_s, u"p"_s},
                                       {u"q"_s, u"p"_s},
                                       {}};
        qint64 number = 0;
        for (const QStringList &names : steps) {
            tested->setView(viewOf(names, ++number));
            QStringList expected;
            for (const QString &name : names)
                expected += model == "limits"_L1 ? u"auth"_s : name;
            QCOMPARE(keysOf(*tested), expected);
            QCOMPARE(filter.rowCount(), names.size());
        }
        QCOMPARE(resets.size(), 0);
    }

    void anUpdateTellsOnlyWhatChanged()
    {
        BreakerModel model;
        model.setView(viewOf({u"a"_s, u"b"_s, u"c"_s, u"d"_s}));
        const QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        const QSignalSpy inserts(&model, &QAbstractItemModel::rowsInserted);
        const QSignalSpy removals(&model, &QAbstractItemModel::rowsRemoved);
        const QSignalSpy layouts(&model, &QAbstractItemModel::layoutChanged);

        model.setView(viewOf({u"a"_s, u"b"_s, u"c"_s, u"d"_s}));
        QCOMPARE(changes.size() + inserts.size() + removals.size() + layouts.size(), 0);

        DeploymentView view = viewOf({u"a"_s, u"b"_s, u"c"_s, u"d"_s});
        view.breakers[2].failures = shownAs<qint64>(3);
        model.setView(view);
        QCOMPARE(changes.size(), 1);
        QCOMPARE(changes.first().at(0).toModelIndex().row(), 2);
        QCOMPARE(changes.first().at(1).toModelIndex().row(), 2);

        model.setView(viewOf({u"a"_s, u"b"_s, u"d"_s}));
        QCOMPARE(removals.size(), 1);
        QCOMPARE(layouts.size(), 0);
        QCOMPARE(inserts.size(), 0);
    }

    void aSelectionSurvivesAnUpdate_data()
    {
        QTest::addColumn<QStringList>("after");
        QTest::newRow("values change") << QStringList{u"a"_s, u"b"_s, u"c"_s};
        QTest::newRow("rows come before it") << QStringList{u"x"_s, u"y"_s, u"a"_s, u"b"_s, u"c"_s};
        QTest::newRow("rows leave before it") << QStringList{u"b"_s, u"c"_s};
        QTest::newRow("rows change places") << QStringList{u"c"_s, u"b"_s, u"a"_s};
        QTest::newRow("all at once") << QStringList{u"c"_s, u"x"_s, u"b"_s, u"y"_s};
    }
    void aSelectionSurvivesAnUpdate()
    {
        QFETCH(QStringList, after);
        BreakerModel model;
        model.setView(viewOf({u"a"_s, u"b"_s, u"c"_s}));
        FilterModel filter;
        filter.setSourceModel(&model);
        filter.sort(model.columnOf("name"_L1));
        QItemSelectionModel direct(&model);
        QItemSelectionModel throughFilter(&filter);
        const auto flags = QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows;
        direct.setCurrentIndex(model.index(1, 1), flags);
        throughFilter.setCurrentIndex(filter.index(1, 1), flags);

        model.setView(viewOf(after, 7));

        for (const QItemSelectionModel *selection : {&direct, &throughFilter}) {
            QCOMPARE(selection->selectedRows().size(), 1);
            QCOMPARE(selection->selectedRows().first().data(SubjectRole).toString(), u"b"_s);
            QCOMPARE(selection->currentIndex().data(SubjectRole).toString(), u"b"_s);
            QCOMPARE(selection->currentIndex().column(), 1);
        }
    }

    void whatIsKnownIsToldApart_data()
    {
        QTest::addColumn<Freshness::Kind>("kind");
        QTest::addColumn<std::optional<qint64>>("value");
        QTest::addColumn<Known>("known");
        QTest::addColumn<QString>("text");
        const std::optional<qint64> none;
        const std::optional<qint64> zero(0);
        using enum Freshness::Kind;
        QTest::newRow("not asked yet") << Pending << none << Known::NotMeasured << QString();
        QTest::newRow("answered, did not say") << Fresh << none << Known::NotMeasured << QString();
        QTest::newRow("zero") << Fresh << zero << Known::Measured << u"0"_s;
        QTest::newRow("stale zero") << Stale << zero << Known::Stale << u"0"_s;
        QTest::newRow("silent, never said") << Stale << none << Known::NotMeasured << QString();
        QTest::newRow("refused") << Refused << none << Known::Refused << QString();
        QTest::newRow("refused by now") << Refused << zero << Known::Refused << u"0"_s;
    }
    void whatIsKnownIsToldApart()
    {
        QFETCH(Freshness::Kind, kind);
        QFETCH(std::optional<qint64>, value);
        DeploymentView view = viewOf({u"contractor"_s});
        view.caches.first().freshness.kind = kind;
        view.caches.first().hits.value = value;
        CacheModel model;
        model.setView(view);
        QTEST(roleOf<Known>(model, 0, "hits"_L1, KnownRole), "known");
        QTEST(roleOf<QString>(model, 0, "hits"_L1, Qt::DisplayRole), "text");
        QCOMPARE(roleOf<Known>(model, 0, "group"_L1, KnownRole), Known::Measured);
        QCOMPARE(model.index(0, model.columnOf("hits"_L1)).data(ValueRole).isValid(), value.has_value());
    }

    void aCellOfAFreshRowCanBeRefused()
    {
        DeploymentView view = viewOf({u"contractor"_s});
        view.caches.first().freshness.kind = Freshness::Kind::Fresh;
        view.caches.first().hits.value.reset();
        view.caches.first().misses.value.reset();
        view.caches.first().hits.error = Error{ErrorCode::BadReply, u"not a whole number"_s, u"h:1"_s};
        CacheModel model;
        model.setView(view);
        QCOMPARE(roleOf<Known>(model, 0, "hits"_L1, KnownRole), Known::Refused);
        QCOMPARE(roleOf<Freshness>(model, 0, "hits"_L1, FreshnessRole).error, view.caches.first().hits.error);
        QCOMPARE(roleOf<Known>(model, 0, "misses"_L1, KnownRole), Known::NotMeasured);
        QVERIFY(roleOf<Freshness>(model, 0, "group"_L1, FreshnessRole).kind == Freshness::Kind::Fresh);
    }

    void refusalsAreAsOldAsWhatTheServiceSays()
    {
        using enum Freshness::Kind;
        DeploymentView view;
        SourceView service;
        service.id = u"health"_s;
        service.freshness.kind = Stale;
        view.sources = {service};
        TierView tier;
        tier.freshness.kind = Fresh; // of the counters in Redis
        tier.clients.value = 2;
        tier.rejected.value = 17;
        tier.rejected.because.source = u"health"_s;
        view.tiers = {tier};
        TierModel model;
        model.setView(view);
        QCOMPARE(roleOf<Known>(model, 0, "rejected"_L1, KnownRole), Known::Stale);
        QCOMPARE(roleOf<Known>(model, 0, "clients"_L1, KnownRole), Known::Measured);
        view.sources.first().freshness.kind = Fresh;
        view.tiers.first().freshness.kind = Stale;
        model.setView(view);
        QCOMPARE(roleOf<Known>(model, 0, "rejected"_L1, KnownRole), Known::Measured);
        QCOMPARE(roleOf<Known>(model, 0, "clients"_L1, KnownRole), Known::Stale);
    }

    void aCellTellsItsUnitStatusAndOrigin()
    {
        DeploymentView view;
        BreakerView open = breaker(u"openai"_s, BreakerState::Open, 5);
        open.failures.because = {.source = u"health"_s,
                                 .origin = {.exchange = 0, .pointer = u"/circuit_breakers/openai/failure_count"_s},
                                 .formula = {},
                                 .rule = {},
                                 .inputs = {}};
        open.errorShare = {.value = Share{0.5}, .status = Status::Degraded, .because = {}};
        view.breakers = {open};
        BreakerModel model;
        model.setView(view);
        QCOMPARE(roleOf<QString>(model, 0, "state"_L1, Qt::DisplayRole), u"open"_s);
        QCOMPARE(roleOf<BreakerState>(model, 0, "state"_L1, ValueRole), BreakerState::Open);
        QCOMPARE(roleOf<CellUnit>(model, 0, "error_share"_L1, UnitRole), CellUnit::Share);
        QCOMPARE(roleOf<Status>(model, 0, "error_share"_L1, StatusRole), Status::Degraded);
        QCOMPARE(roleOf<Status>(model, 0, "name"_L1, StatusRole), Status::Down);
        QCOMPARE(roleOf<Because>(model, 0, "failures"_L1, BecauseRole), open.failures.because);
        QVERIFY(!model.index(0, model.columnOf("name"_L1)).data(BecauseRole).isValid());
        QCOMPARE(model.headerData(model.columnOf("error_share"_L1), Qt::Horizontal).toString(), u"error_share"_s);
    }

    void healthIsATreeShownFlat()
    {
        DeploymentView view = viewOf({u"external"_s, u"external/openai"_s});
        view.health[1].depth = 1;
        HealthModel model;
        model.setView(view);
        QCOMPARE(roleOf<int>(model, 0, "path"_L1, DepthRole), 0);
        QCOMPARE(roleOf<int>(model, 1, "path"_L1, DepthRole), 1);
    }

    void whatIsUnknownStandsLast_data()
    {
        QTest::addColumn<Qt::SortOrder>("order");
        QTest::addColumn<QStringList>("expected");
        QTest::newRow("ascending") << Qt::AscendingOrder << QStringList{u"b"_s, u"c"_s, u"a"_s};
        QTest::newRow("descending") << Qt::DescendingOrder << QStringList{u"c"_s, u"b"_s, u"a"_s};
    }
    void whatIsUnknownStandsLast()
    {
        QFETCH(Qt::SortOrder, order);
        DeploymentView view = viewOf({u"a"_s, u"b"_s, u"c"_s});
        view.caches[0].hits.value.reset();
        view.caches[1].hits.value = 9;
        view.caches[2].hits.value = 10; // as text it would stand before 9
        CacheModel model;
        model.setView(view);
        FilterModel filter;
        filter.setSourceModel(&model);
        filter.sort(model.columnOf("hits"_L1), order);
        QStringList names;
        for (int row = 0; row < filter.rowCount(); ++row)
            names += filter.index(row, 0).data().toString();
        QTEST(names, "expected");
    }

    void rowsKeepTheirPlaceUntilTheyAreSortedAgain()
    {
        CacheModel model;
        SettledModel settled;
        const QAbstractItemModelTester tester(&settled, QAbstractItemModelTester::FailureReportingMode::Fatal);
        settled.setSourceModel(&model);
        const int column = model.columnOf("hits"_L1);
        settled.sort(column, Qt::DescendingOrder);
        const auto shown = [&](const QList<std::pair<QString, qint64>> &hits) {
            QStringList names;
            for (const auto &[name, number] : hits)
                names += name;
            DeploymentView view = viewOf(names);
            for (qsizetype i = 0; i < hits.size(); ++i)
                view.caches[i].hits.value = hits[i].second;
            model.setView(view);
            settled.settle();
            QString order;
            for (int row = 0; row < settled.rowCount(); ++row)
                order += settled.index(row, 0).data().toString();
            return order;
        };
        QCOMPARE(shown({{u"a"_s, 1}, {u"b"_s, 3}, {u"c"_s, 2}}), u"bca"_s);
        QCOMPARE(shown({{u"a"_s, 9}, {u"b"_s, 3}, {u"c"_s, 7}}), u"bca"_s); // their figures alone change
        QCOMPARE(shown({{u"c"_s, 7}, {u"a"_s, 9}, {u"b"_s, 3}}), u"bca"_s);
        QCOMPARE(shown({{u"d"_s, 99}, {u"a"_s, 9}, {u"b"_s, 3}, {u"c"_s, 7}, {u"e"_s, 100}}), u"bcaed"_s);
        QCOMPARE(shown({{u"d"_s, 99}, {u"a"_s, 9}, {u"b"_s, 3}, {u"e"_s, 1}}), u"baed"_s);
        QCOMPARE(shown({{u"c"_s, 7}, {u"d"_s, 99}, {u"a"_s, 9}, {u"b"_s, 3}, {u"e"_s, 1}}), u"bcaed"_s); // as it stood
        settled.setText(u"b"_s);
        QCOMPARE(settled.rowCount(), 1);
        settled.setText({});
        QCOMPARE(shown({{u"a"_s, 9}, {u"b"_s, 3}, {u"c"_s, 7}, {u"d"_s, 99}, {u"e"_s, 1}}), u"bcaed"_s);
        settled.sortAgain();
        QCOMPARE(shown({{u"a"_s, 9}, {u"b"_s, 3}, {u"c"_s, 7}, {u"d"_s, 99}, {u"e"_s, 1}}), u"dacbe"_s);
        settled.sort(column, Qt::AscendingOrder);
        QCOMPARE(shown({{u"a"_s, 0}, {u"b"_s, 3}, {u"c"_s, 7}, {u"d"_s, 99}, {u"e"_s, 1}}), u"ebcad"_s);
    }

    void typedWordsFilter_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("rows");
        QTest::newRow("nothing typed") << QString() << 3;
        QTest::newRow("one word") << u"CON"_s << 1;
        QTest::newRow("words in any order") << u"42 pri"_s << 1;
        QTest::newRow("no such row") << u"contractor pricing"_s << 0;
        QTest::newRow("a regular expression is text") << u".*"_s << 0;
    }
    void typedWordsFilter()
    {
        QFETCH(QString, text);
        DeploymentView view = viewOf({u"contractor"_s, u"pricing"_s, u"templates"_s});
        view.caches[1].hits.value = 42;
        CacheModel model;
        model.setView(view);
        FilterModel filter;
        const QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::Fatal);
        filter.setSourceModel(&model);
        filter.setText(text);
        QTEST(filter.rowCount(), "rows");
        filter.setText({});
        QCOMPARE(filter.rowCount(), 3);
    }

    void theFleetFollowsItsLogbooks()
    {
        const ManualClock clock(start);
        FleetModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        Logbook first(profileOf(u"quoted"_s), clock);
        auto twin = std::make_unique<Logbook>(profileOf(u"quoted"_s), clock);
        model.add(first);
        model.add(*twin);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.logbookAt(1), twin.get());
        QCOMPARE(roleOf<Known>(model, 0, "nearest_limit"_L1, KnownRole), Known::NotMeasured);

        const QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        twin->take(readingOf(u"quoted"_s, start, counterAt(4, 5)));
        QTRY_COMPARE(roleOf<double>(model, 1, "nearest_limit"_L1, ValueRole), 0.8);
        QCOMPARE(changes.first().at(0).toModelIndex().row(), 1);
        QCOMPARE(roleOf<Known>(model, 0, "nearest_limit"_L1, KnownRole), Known::NotMeasured);

        QCOMPARE(roleOf<Known>(model, 1, "backup_age"_L1, KnownRole), Known::NotMeasured);
        Backup backup{.id = u"nightly"_s};
        backup.format.value = u"custom"_s;
        backup.takenAt.value = start - std::chrono::hours(3);
        SigningKey key{.id = u"k1"_s};
        key.state.value = KeyState::Active;
        key.activatedAt.value = start - std::chrono::days(5);
        twin->take(readingOf(u"quoted"_s, start, Findings{.facts = {backup, key}, .refusals = {}}));
        QTRY_COMPARE(roleOf<double>(model, 1, "backup_age"_L1, ValueRole), 3 * 3600e3);
        QCOMPARE(roleOf<double>(model, 1, "key_age"_L1, ValueRole), 5 * 86400e3);

        first.take(readingOf(u"quoted"_s, start, failure(ErrorCode::AuthRequired, u"NOAUTH"_s, u"h:6379"_s)));
        QTRY_COMPARE(roleOf<Known>(model, 0, "nearest_limit"_L1, KnownRole), Known::Refused);

        twin.reset();
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.logbookAt(0), &first);
        model.remove(first);
        QCOMPARE(model.rowCount(), 0);
        QCOMPARE(model.logbookAt(0), nullptr);
    }

    void theTierThatRefusesMostIsNearest()
    {
        DeploymentView view;
        view.tiers.resize(3);
        for (qsizetype i = 0; i < 3; ++i) {
            view.tiers[i].tier = QString::number(i);
            view.tiers[i].refused.value = QList<qint64>{40, 90, 300}[i];
        }
        QCOMPARE(refusingTier(view), nullptr);
        view.tiers[0].refused.status = view.tiers[1].refused.status = Status::Degraded;
        QCOMPARE(refusingTier(view), &view.tiers[1]);
    }

    void aTierThatRefusesIsToldByItsRefusalsAndNoShare()
    {
        ManualClock clock(start);
        Profile profile = profileOf(u"quoted"_s);
        profile.tiers = {{.name = u"auth"_s, .limit = 5, .window = 60s, .scopes = {}}};
        profile.refusalsAtMost = 20;
        Logbook logbook(profile, clock);
        FleetModel model;
        model.add(logbook);
        for (const qint64 total : {0, 90}) {
            const LimitTier refusing{.tier = u"auth"_s, .rejectedTotal = {.value = total, .origin = {}}};
            logbook.take(readingOf(u"quoted"_s, clock.now(), Findings{.facts = {refusing}, .refusals = {}}));
            logbook.tick();
            clock.advance(5s);
        }
        QTRY_COMPARE(roleOf<Known>(model, 0, "nearest_limit"_L1, KnownRole), Known::Measured);
        QCOMPARE(roleOf<CellUnit>(model, 0, "nearest_limit"_L1, UnitRole), CellUnit::Count);
        QCOMPARE(roleOf<qint64>(model, 0, "nearest_limit"_L1, ValueRole), 90);
        QCOMPARE(roleOf<Status>(model, 0, "nearest_limit"_L1, StatusRole), Status::Degraded);

        const Error refused{ErrorCode::Unreachable, u"connection refused"_s, u"h:6379"_s};
        logbook.take(readingOf(u"quoted"_s, clock.now(), std::unexpected(refused)));
        logbook.tick();
        QTRY_VERIFY(roleOf<Known>(model, 0, "nearest_limit"_L1, KnownRole) != Known::Measured);
    }

    void aDirectoryThatCanBeListedIsNoAnswerOfTheService()
    {
        const ManualClock clock(start + 60s);
        Profile profile = profileOf(u"quoted"_s);
        profile.sources.append(
            {.id = u"health"_s, .kind = u"http-health"_s, .interval = 5s, .deadline = 5s, .options = {}});
        Logbook logbook(profile, clock);
        FleetModel model;
        model.add(logbook);
        Reading service = readingOf(u"quoted"_s, start, Findings{});
        service.source = u"health"_s;
        logbook.take(service);
        logbook.take(readingOf(u"quoted"_s, start + 60s, Findings{}));
        const auto answered = [&] { return roleOf<qint64>(model, 0, "last_answer"_L1, ValueRole); };
        QTRY_COMPARE(answered(), start.time_since_epoch().count());
        QCOMPARE(logbook.view().lastAnswer, start + 60s);
    }

    void theFleetSaysSinceWhenAndTiesStandByName()
    {
        ManualClock clock(start);
        FleetModel model;
        FilterModel sorted;
        const QAbstractItemModelTester tester(&sorted, QAbstractItemModelTester::FailureReportingMode::Fatal);
        sorted.setSourceModel(&model);
        sorted.setTieColumn(model.columnOf("name"_L1));
        sorted.sort(model.columnOf("status"_L1), Qt::DescendingOrder);
        std::vector<std::unique_ptr<Logbook>> books;
        for (const auto &name : {u"till"_s, u"quoted"_s, u"alarm"_s}) {
            books.push_back(std::make_unique<Logbook>(profileOf(name), clock));
            model.add(*books.back());
        }
        const auto told = [&] {
            QStringList names;
            for (int row = 0; row < sorted.rowCount(); ++row)
                names += sorted.index(row, 0).data(ValueRole).toString();
            return names;
        };
        const auto tell = [&](const Result<Findings> &outcome, std::initializer_list<size_t> order) {
            clock.advance(1s);
            for (const size_t i : order) {
                books[i]->take(readingOf(books[i]->profile().name, clock.now(), outcome));
                books[i]->tick();
            }
        };
        const HealthCheck well{.path = {}, .level = {.value = Level::Ok, .origin = {}}};
        const HealthCheck limps{.path = {}, .level = {.value = Level::Degraded, .origin = {}}};
        tell(Findings{{well}, {}}, {0, 1, 2});
        QVERIFY(!model.index(0, model.columnOf("since"_L1)).data(ValueRole).isValid());
        tell(Findings{{limps}, {}}, {1, 0, 2});
        QCOMPARE(told(), (QStringList{u"alarm"_s, u"quoted"_s, u"till"_s}));
        QCOMPARE(
            Instant(std::chrono::milliseconds(model.index(1, model.columnOf("since"_L1)).data(ValueRole).toLongLong())),
            start + 2s);
        tell(Findings{{well}, {}}, {2});
        QCOMPARE(told(), (QStringList{u"quoted"_s, u"till"_s, u"alarm"_s}));
        tell(Findings{{limps}, {}}, {2});
        QCOMPARE(told(), (QStringList{u"alarm"_s, u"quoted"_s, u"till"_s}));
        sorted.sort(model.columnOf("status"_L1), Qt::AscendingOrder);
        QCOMPARE(told(), (QStringList{u"alarm"_s, u"quoted"_s, u"till"_s}));
    }

    void aTableFollowsALogbook()
    {
        const ManualClock clock(start);
        Logbook logbook(profileOf(u"quoted"_s), clock);
        LimitModel model;
        model.follow(logbook);
        QCOMPARE(model.rowCount(), 0);
        logbook.take(readingOf(u"quoted"_s, start, counterAt(0, 5)));
        QTRY_COMPARE(model.rowCount(), 1);
        QCOMPARE(roleOf<Known>(model, 0, "used"_L1, KnownRole), Known::Measured);
        QCOMPARE(roleOf<QString>(model, 0, "used"_L1, Qt::DisplayRole), u"0"_s);
    }

    void fiveThousandRowsInAnotherOrderAreQuick()
    {
        QStringList names;
        for (int i = 0; i < 5000; ++i)
            names += QString::number(i);
        LimitModel model;
        model.setView(viewOf(names));
        const QSignalSpy layouts(&model, &QAbstractItemModel::layoutChanged);
        std::ranges::reverse(names);
        model.setView(viewOf(names, 1));
        QCOMPARE(layouts.size(), 1);
        QCOMPARE(model.index(0, model.columnOf("client"_L1)).data().toString(), u"4999"_s);
    }
};

QTEST_GUILESS_MAIN(TestTables)
#include "tst_tables.moc"
