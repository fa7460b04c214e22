/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "models/sources/platform_replies.h"

#include <QByteArrayList>

namespace qd::test {

namespace {

QByteArray renderDeploy(const QByteArray &id, const QByteArray &status, const QByteArray &more)
{
    return R"({"cursor":"c","deploy":{"id":")" + id + R"(","status":")" + status + '"' + more + "}}";
}

QByteArray replicaSet(const QByteArray &name, const QByteArray &revision, const QByteArray &ready,
                      const QByteArray &owner)
{
    return R"({"kind":"ReplicaSet","metadata":{"name":")" + name + R"(","creationTimestamp":"2026-11-20T10:00:00Z",
        "annotations":{"deployment.kubernetes.io/revision":")" +
           revision + R"("},"ownerReferences":[{"uid":")" + owner +
           R"("}]},"spec":{"template":{"spec":{"containers":[{"name":"api","image":"registry/api:)" + revision +
           R"("}]}}},"status":{"replicas":)" + ready + R"(,"readyReplicas":)" + ready + "}}";
}

QByteArray pod(const QByteArray &started)
{
    return R"({"kind":"Pod","metadata":{"name":"p"},"status":{"containerStatuses":[{"name":"api","lastState":{"terminated":
        {"message":")" +
           QByteArray(secret) + R"("}},"state":{"running":{"startedAt":")" + started + R"("}}}]}})";
}

QByteArray kubernetesObject(const QByteArray &data, const QByteArray &applied, const QByteArray &patched,
                            const QByteArray &patchedAt)
{
    return R"({"kind":"ConfigMap","metadata":{"name":"config","creationTimestamp":"2026-10-01T00:00:00Z","annotations":
        {"kubectl.kubernetes.io/last-applied-configuration":")" +
           QByteArray(secret) + R"("},"managedFields":[
        {"manager":"kubectl-client-side-apply","time":"2026-10-01T00:00:00Z","fieldsV1":{"f:data":{".":{},)" +
           applied + R"(}}},{"manager":"kubectl-patch","time":")" + patchedAt + R"(","fieldsV1":{"f:data":{)" +
           patched + R"(}}},null]},"data":{)" + data + "}}";
}

QByteArray container(const QByteArray &id, const QByteArray &status, const QByteArray &environment)
{
    return R"({"Id":")" + id + R"(","Created":"2026-11-20T10:00:00.123456789Z","State":{"Status":")" + status +
           R"(","StartedAt":"2026-11-20T10:00:01Z","FinishedAt":"0001-01-01T00:00:00Z","Error":")" + secret +
           R"("},"Config":{"Image":"api:7","Cmd":[")" + secret + R"("],"Env":[)" + environment + "]}}";
}

} // namespace

QByteArray renderVariable(const QByteArray &key, const QByteArray &value)
{
    return R"({"cursor":")" + key + R"(","envVar":{"key":")" + key + R"(","value":")" + value + R"("}})";
}

QByteArray renderVariables()
{
    return '[' +
           QByteArrayList{renderVariable("CONCIERGE_DISABLED", "TRUE"),
                          renderVariable("DATABASE_URL", "postgres://shop:hunter2@db/shop"),
                          renderVariable("JWT_SECRET", secret), renderVariable("RATE_LIMIT_PER_MINUTE", " 60"),
                          renderVariable("PUSH_NOTIFICATIONS_DISABLED", secret)}
               .join(',') +
           ']';
}

QByteArray renderDeploys()
{
    return '[' +
           QByteArrayList{renderDeploy("dep-3", "build_in_progress",
                                       R"(,"trigger":"api","commit":{"id":"4b1c22a8d7","message":"Retry push\nthrice"},
                               "createdAt":"2026-11-20T10:00:00.250Z")"),
                          renderDeploy("dep-2", "live",
                                       R"(,"image":{"ref":"registry/shop:7"},"createdAt":"2026-11-19T10:00:00Z",
                               "finishedAt":"2026-11-19T10:02:20+00:00")"),
                          renderDeploy("dep-1", "vanished", R"(,"trigger":"manual")"),
                          renderDeploy("dep-0", "update_failed", {}), R"({"deploy":{"status":"live"}})"}
               .join(',') +
           ']';
}

QByteArray kubernetesDeployment(const QByteArray &updated)
{
    return QByteArray(R"({"kind":"Deployment","metadata":{"name":"api","uid":"u1","generation":5,"annotations":{
        "deployment.kubernetes.io/revision":"4","kubectl.kubernetes.io/last-applied-configuration":"{\"x\":\")") +
           secret + R"(\"}"}},
        "spec":{"selector":{"matchLabels":{"app":"api","tier":"web"}},"template":{"spec":{"containers":[
            {"name":"api","image":"registry/api:4","args":["--key=)" +
           secret + R"("],
             "env":[{"name":"ENABLE_DOCS","value":"true"},{"name":"PLAIN","value":")" +
           secret + R"("},
                    {"name":"SIGNING","valueFrom":{"secretKeyRef":{"name":"other","key":"k"}}},
                    {"name":"BAD","valueFrom":{"secretKeyRef":{"name":"--kubeconfig=/x","key":"k"}}}],
             "envFrom":[{"configMapRef":{"name":"config"}},{"secretRef":{"name":"secrets"}}]}]}}},
        "status":{"observedGeneration":5,"replicas":2,"updatedReplicas":)" +
           updated + R"(,"availableReplicas":2,
            "conditions":[{"type":"Available","reason":"MinimumReplicasAvailable"},{"type":"Progressing",
            "reason":"NewReplicaSetAvailable","lastUpdateTime":"2026-11-20T10:00:30Z"}]}})";
}

QByteArray podsAndSets()
{
    return R"({"kind":"List","items":[)" +
           QByteArrayList{replicaSet("api-4", "4", "2", "u1"), replicaSet("api-3", "3", "0", "u1"),
                          replicaSet("another-1", "4", "1", "u2"), pod("2026-11-20T10:00:10Z"),
                          pod("2026-11-20T10:00:20Z")}
               .join(',') +
           "]}";
}

QByteArray sidecarDeployment()
{
    return R"({"kind":"Deployment","metadata":{"name":"api","uid":"u1","generation":5,"annotations":{
        "deployment.kubernetes.io/revision":"4"}},"spec":{"selector":{"matchLabels":{"app":"api"}},"template":{"spec":{
        "containers":[{"name":"api","image":"registry/api:4","env":[{"name":"ENABLE_DOCS","value":"false"},
        {"name":"ENABLE_DOCS","value":"true"}],"envFrom":[{"prefix":"APP_","configMapRef":{"name":"config"}}]},
        {"name":"proxy","image":"proxy"}]}}},"status":{"observedGeneration":5,"replicas":1,"updatedReplicas":1,
        "availableReplicas":1,"conditions":[]}})";
}

QByteArray sidecarPods()
{
    const QByteArray pod =
        R"({"kind":"Pod","metadata":{"name":"p"},"status":{"containerStatuses":[
        {"name":"proxy","state":{"running":{"startedAt":"2026-11-20T10:00:00Z"}}},
        {"name":"api","state":{"running":{"startedAt":"2026-11-20T10:00:20Z"}}}]}})";
    const auto caused = [](QByteArray set, const QByteArray &cause) {
        return set.replace("\"annotations\":{", R"("annotations":{"kubernetes.io/change-cause":")" + cause + "\",");
    };
    return R"({"kind":"List","items":[)" +
           QByteArrayList{caused(replicaSet("api-4", "4", "1", "u1"),
                                 QByteArray("kubectl set env deployment/api STRIPE=") + secret + " --record=true"),
                          caused(replicaSet("api-3", "3", "0", "u1"), "Retry push"), pod}
               .join(',') +
           "]}";
}

QByteArray composeConfig()
{
    return QByteArray(R"({"name":"api","services":{"db":{"environment":{"POSTGRES_PASSWORD":"hunter2"}},"api":{"image":
        "api:8","command":["--key=)") +
           secret + R"("],"environment":{"ENABLE_DOCS":"true","JWT_SECRET":")" + secret +
           R"(","PASSED_ON":null,"RATE_LIMIT_PER_MINUTE":"60"}}}})";
}

QByteArray otherSecret()
{
    return kubernetesObject(R"("k":"","":"")", R"("f:k":{})", "", "2026-10-01T00:00:00Z");
}

QByteArray changedSecret()
{
    return kubernetesObject(R"("JWT_SECRET":"","SALT":"","OLD":"","":"")", R"("f:OLD":{})",
                            R"("f:JWT_SECRET":{},"f:SALT":{})", "2026-11-21T10:00:00Z");
}

QByteArray changedConfig()
{
    return kubernetesObject(R"("ENABLE_DOCS":"false","ORIGINS":"https://a","RATE_LIMIT_PER_MINUTE":"90")",
                            R"("f:ENABLE_DOCS":{},"f:ORIGINS":{})", R"("f:RATE_LIMIT_PER_MINUTE":{})",
                            "2026-11-20T10:00:15Z");
}

QByteArray oldConfig()
{
    return kubernetesObject(R"("RATE_LIMIT_PER_MINUTE":"60")", R"("f:RATE_LIMIT_PER_MINUTE":{})", "",
                            "2026-10-01T00:00:00Z");
}

QByteArray forbidden()
{
    return R"(Error from server (Forbidden): secrets "secrets" is forbidden: User "viewer" cannot get)";
}

QByteArray inspected(const QByteArray &first, const QByteArray &second)
{
    const QByteArray same = QByteArray(R"("PATH=/bin","JWT_SECRET=)") + secret + R"(","RATE_LIMIT_PER_MINUTE=60",)";
    return '[' + container(first, "running", same + R"("ENABLE_DOCS=false")") + ',' +
           container(second, "exited", R"("ENABLE_DOCS=true")") + ']';
}

QByteArray railwayDeploys()
{
    return R"([
        {"id":"d3","status":"CRASHED","createdAt":"2026-11-20T10:00:00Z","meta":{"reason":"redeploy","commitHash":
         "4b1c22a8d7","commitMessage":"Retry"}},
        {"id":"d2","status":"SUCCESS","createdAt":"2026-11-19T10:00:00Z","meta":{"image":"app:7"}},
        {"id":"d1","status":"SUCCESS","createdAt":"2026-11-18T10:00:00Z","meta":null},
        {"id":"d0","status":"NEW_WORD","createdAt":"soon"}])";
}

QByteArray railwayVariables()
{
    return QByteArray(R"({"ENABLE_DOCS":"no","JWT_SECRET":")") + secret + R"("})";
}

} // namespace qd::test
