using System.Globalization;

namespace KafkaFlow.Engine.Tests;

/// <summary>The seed of random tests: <c>KAFKAFLOW_TEST_SEED</c>, else another one in each run of the program.</summary>
internal static class TestSeed
{
    public static int Value { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("KAFKAFLOW_TEST_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed : Random.Shared.Next();
}
