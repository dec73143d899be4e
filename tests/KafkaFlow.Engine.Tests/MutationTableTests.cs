using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Engine.Tests;

/// <summary>The table of <c>tests/outside/mutations</c> speaks of the engine as it is.</summary>
[Trait("tier", "fast")]
public sealed class MutationTableTests
{
    private const int Least = 45;

    [Fact]
    public void Each_fault_of_the_mutation_check_changes_one_line_that_is_there()
    {
        var root = TestEnvironment.RepositoryRoot;
        var faults = JsonNode.Parse(File.ReadAllText(Path.Combine(root, "tests", "outside", "mutations", "faults.json")))!.AsArray();
        Assert.True(faults.Count >= Least, $"{faults.Count} faults; at least {Least} are expected");
        Assert.All(faults, fault =>
        {
            var (file, old, @new) = ((string)fault!["file"]!, (string)fault["old"]!, (string)fault["new"]!);
            Assert.DoesNotContain('\n', old + @new);
            Assert.NotEqual(old, @new);
            var text = File.ReadAllText(Path.Combine(root, file));
            Assert.Equal((file, old, 1), (file, old, text.Split(old).Length - 1));
        });
        Assert.Equal(faults.Count, faults.Select(fault => $"{fault!["file"]} {fault["new"]}").Distinct().Count());
    }
}
