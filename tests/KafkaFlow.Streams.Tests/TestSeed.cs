using System.Globalization;

namespace KafkaFlow.Streams.Tests;

/// <summary>Seed of a random test: <c>KAFKAFLOW_TEST_SEED</c>, else drawn. Who asks prints it.</summary>
internal static class TestSeed
{
    public static int Next() =>
        int.TryParse(
            Environment.GetEnvironmentVariable("KAFKAFLOW_TEST_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : Random.Shared.Next(1, int.MaxValue);
}
