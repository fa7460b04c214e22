/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

#include <optional>
#include <span>
#include <vector>

namespace qd {

/// One page of metrics, as Prometheus' text format 0.0.4 or OpenMetrics 1.0 write it. Names, texts and label values
/// are views into the page and its own decoded texts, so that they live as long as the page or a copy of it.
struct Exposition
{
    enum class Format { Text, OpenMetrics };
    enum class Type { Unknown, Gauge, Counter, Histogram, GaugeHistogram, Summary, Info, StateSet };
    struct Label
    {
        QByteArrayView name;
        QByteArrayView value;
    };
    /// Labels in the order written: a piece of the page's list, see labels().
    struct LabelSet
    {
        quint32 first = 0;
        quint32 count = 0;
    };
    struct Exemplar
    {
        LabelSet labels;
        double value = 0;
        std::optional<double> timestamp; ///< seconds since 1970
    };
    struct Sample
    {
        QByteArrayView name;    ///< with its suffix
        QByteArrayView written; ///< name and labels as they stand in the line
        LabelSet labels;
        double value = 0;
        std::optional<double> timestamp; ///< seconds since 1970
        std::optional<Exemplar> exemplar;
        int line = 0; ///< from 1
    };
    struct Family
    {
        QByteArrayView name;
        Type type = Type::Unknown;
        QByteArrayView help;
        QByteArrayView unit;
        std::vector<Sample> samples; ///< of one series each moment once: the first counts
        int line = 0;
    };
    /// A line that can be read and contradicts the standard all the same: a counter below zero, buckets out of order.
    struct Flag
    {
        int line = 0;
        QString message;
        bool operator==(const Flag &) const = default;
    };

    Format format = Format::Text;
    std::vector<Family> families;
    QList<Flag> flags; ///< by line; at most `flagCap`
    qsizetype flagsLeftOut = 0;

    static constexpr qsizetype flagCap = 100;

    [[nodiscard]] std::span<const Label> labels(LabelSet set) const
    {
        return std::span(allLabels).subspan(set.first, set.count);
    }
    /// A label's value; nothing where the sample has no such label.
    [[nodiscard]] std::optional<QByteArrayView> label(const Sample &sample, QByteArrayView name) const;

    // What the views point into.
    QByteArray body;
    std::vector<Label> allLabels;
    std::vector<QByteArray> decoded;
};

/// What a page may be made of at most; beyond, it is refused as a whole.
struct ExpositionLimits
{
    qsizetype bytes = 16 * 1024 * 1024;
    qsizetype samples = 200'000;
    qsizetype labels = 64; ///< of one sample or exemplar
    qsizetype name = 1024; ///< bytes of a metric's or label's name
};

/// The format that a Content-Type announces; text without one, as Prometheus 2 took it. Errors: Unsupported (protocol
/// buffers, an unknown version), BadReply (HTML, JSON).
[[nodiscard]] Result<Exposition::Format> expositionFormat(const QByteArray &contentType);

/// Reads a page. Strict on syntax; what only contradicts itself is read and flagged, as Prometheus reads it too.
/// Errors, each with line, column and what was expected: BadReply, TooLarge. `where` is what they name.
[[nodiscard]] Result<Exposition> parseExposition(const QByteArray &body, Exposition::Format format,
                                                 const QString &where = {}, const ExpositionLimits &limits = {});

/// A number as both formats write it ("1e-3", "+Inf", "NaN"; no hexadecimal); nothing for anything else.
[[nodiscard]] std::optional<double> expositionNumber(QByteArrayView text);

[[nodiscard]] QString toWord(Exposition::Type type); ///< "unknown", "gauge", "counter", "gaugehistogram", …

} // namespace qd
