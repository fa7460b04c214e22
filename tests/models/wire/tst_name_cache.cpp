/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/name_cache.h"

#include <QTest>

#include <atomic>
#include <semaphore>
#include <thread>

using namespace std::chrono_literals;
using qd::NameCache;

namespace {

NameCache::Clock::time_point in(std::chrono::milliseconds time)
{
    return NameCache::Clock::now() + time;
}

class TestNameCache : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void manyThreadsAskANameOnce()
    {
        auto asked = std::make_shared<std::atomic<int>>(0);
        NameCache cache([asked](const std::string &) -> NameCache::Answer {
            ++*asked;
            std::this_thread::sleep_for(30ms); // a name server's time
            return std::vector<std::string>{"192.0.2.1"};
        });
        std::atomic<int> right{0};
        std::vector<std::thread> threads;
        threads.reserve(16);
        for (int i = 0; i < 16; ++i) {
            threads.emplace_back([&] {
                const auto answer = cache.lookup("db", in(5s));
                if (answer && answer->front() == "192.0.2.1")
                    ++right;
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(right.load(), 16);
        QCOMPARE(asked->load(), 1);
    }

    void aFailureIsRememberedToo()
    {
        auto asked = std::make_shared<std::atomic<int>>(0);
        NameCache cache([asked](const std::string &) -> NameCache::Answer {
            ++*asked;
            return std::unexpected(NameCache::Failure::NotFound);
        });
        for (int i = 0; i < 3; ++i)
            QCOMPARE(cache.lookup("gone", in(5s)).error(), NameCache::Failure::NotFound);
        QCOMPARE(asked->load(), 1);
    }

    void aNameServerThatHangsCostsOnlyTheDeadline()
    {
        auto release = std::make_shared<std::binary_semaphore>(0);
        {
            NameCache cache([release](const std::string &host) -> NameCache::Answer {
                if (host == "slow")
                    release->acquire();
                return std::vector<std::string>{"192.0.2.2"};
            });
            const auto before = NameCache::Clock::now();
            QCOMPARE(cache.lookup("slow", in(50ms)).error(), NameCache::Failure::Timeout);
            QVERIFY(NameCache::Clock::now() - before < 2s);
            QVERIFY(cache.lookup("quick", in(5s)).has_value());
            release->release();
            QVERIFY(cache.lookup("slow", in(5s)).has_value()); // the late answer is kept
        }
    }

    void onlySoManyNamesAreAskedAtOnce()
    {
        auto release = std::make_shared<std::counting_semaphore<>>(0);
        NameCache cache([release](const std::string &) -> NameCache::Answer {
            release->acquire();
            return std::unexpected(NameCache::Failure::NotFound);
        });
        for (int i = 0; i < NameCache::maxQuestions; ++i)
            QCOMPARE(cache.lookup("n" + std::to_string(i), in(0ms)).error(), NameCache::Failure::Timeout);
        QCOMPARE(cache.lookup("one more", in(0ms)).error(), NameCache::Failure::Busy);
        release->release(NameCache::maxQuestions);
        QCOMPARE(cache.lookup("n0", in(5s)).error(), NameCache::Failure::NotFound);
    }

    void theMachineKnowsItself()
    {
        const auto answer = NameCache::systemResolver()("localhost");
        QVERIFY(answer.has_value());
        QVERIFY(std::ranges::any_of(*answer, [](const auto &a) { return a == "127.0.0.1" || a == "::1"; }));
    }
};

} // namespace

QTEST_APPLESS_MAIN(TestNameCache)
#include "tst_name_cache.moc"
