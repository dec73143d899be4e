using KafkaFlow.Cli.Local;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Playbooks;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.Cli.Tests;

[Trait("tier", "fast")]
public sealed class EdgeReasonTests
{
    [Fact]
    public void Why_says_which_condition_kept_a_step_from_running_and_what_its_values_were()
    {
        var graph = PlaybookCompiler.Compile("""
            apiVersion: noetl.io/v1
            kind: Playbook
            metadata: {path: tests/fork}
            workload: {n: 2, least: 3}
            workflow:
              - step: start
                next: [{when: "{{ workload.n > workload.least }}", step: big}, {else: true, step: small}]
              - {step: big, next: beyond}
              - {step: beyond}
              - {step: small}
            """, "fork.yaml").Graph!;
        var facts = EngineCore.Decide(null, new DecisionInput
        {
            Command = new()
            {
                EventType = CommandTypes.ExecutionStarted, ExecutionId = "e", PlaybookPath = "tests/fork",
                PlaybookVersion = "1", ContentHash = graph.ContentHash,
            },
            Partition = 0, Offset = 1, Epoch = 1, Graph = graph,
            AppendedAt = Timestamp.FromUnixMillis(1_700_000_000_000),
        }).Facts;

        var reason = Assert.Single(EdgeReasons.Of(ExecutionHistory.Of(facts), graph));

        Assert.Equal(("start#1", "not_taken"), (reason.Activation, reason.Kind));
        Assert.Equal("big did not run: {{ workload.n > workload.least }} was not true "
            + "(workload.n > workload.least = false, workload.n = 2, workload.least = 3)", reason.What);
    }
}
